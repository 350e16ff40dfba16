import { expect, test } from 'vitest';
import { nativeBackend } from '../../../src/backend/native/native.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { backendSuite } from '../../suites/backend.ts';
import { spec } from '../../support/containers.ts';

const open = async (root: string) => nativeBackend({ root, cgroupParent: '/sc-test' });

backendSuite('native', open);
backendSuite('native with a user namespace', open, {
  userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }),
});

test('CAP_MKNOD is refused while nothing controls which devices can be opened', () => {
  const { unsupported } = nativeBackend({ root: '/nonexistent' });
  expect(unsupported(spec(['true']))).toEqual([]);
  const granted = spec(['true'], { security: { capabilities: ['CAP_CHOWN', 'CAP_MKNOD'] } });
  expect(unsupported(granted)).toEqual([
    { path: 'security.capabilities.add', reason: expect.stringContaining('CAP_MKNOD') },
  ]);
});
