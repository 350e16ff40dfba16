import { expect, test } from 'vitest';
import { missingCapabilities } from '../../../src/backend/native/rights.ts';
import { capabilityMask } from '../../../src/linux/capabilities.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';

const wanted = { capabilities: ['CAP_CHOWN', 'CAP_SYS_TIME', 'CAP_MKNOD'] };
const ofRoot = ['CAP_SYS_ADMIN', ...wanted.capabilities];
const reasons = (security: Parameters<typeof missingCapabilities>[0], missing: string[]) =>
  missingCapabilities(security, () => capabilityMask(ofRoot.filter((name) => !missing.includes(name)))).map(
    ({ reason }) => reason,
  );

test.each([
  ['none is missing', [], []],
  ['one is', ['CAP_SYS_TIME'], ['who starts sc has no CAP_SYS_TIME']],
  ['two are', ['CAP_CHOWN', 'CAP_MKNOD'], ['who starts sc has no CAP_CHOWN and no CAP_MKNOD']],
  ['sc can start nothing anyway', ['CAP_SYS_ADMIN', 'CAP_CHOWN'], []],
])("in the host's user namespace, where %s: %j", (_, missing, expected) => {
  expect(reasons(wanted, missing)).toEqual(expected);
});

test('in a user namespace of its own a container has them without', () => {
  const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
  expect(reasons({ ...wanted, userNamespace }, ['CAP_CHOWN'])).toEqual([]);
});
