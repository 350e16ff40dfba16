import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { layered } from '../../support/layered.ts';
import { useBackend, usersOfHost } from './harness.ts';

const host = useBackend();

describe.each([
  ['a user namespace of its own', { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) }],
  ['the user namespace of the host', usersOfHost],
])('in %s', (_, security) => {
  test.each([2, 13, 14, 15, 60, 129, 200, 500])(
    'a root filesystem of %i layers is all of them',
    async (count) => {
      const { upper, request } = layered(host.workshop, count);
      const script =
        'ls layers | wc -l; cat layers/top; echo; echo new > layers/new; rm layers/0; mount | grep -c " on / "; pwd';
      const { stdout, stderr } = await host.sh(script, { security }, request);
      expect(stdout + stderr).toBe(`${count}\n0\n1\n/\n`);
      expect(readFileSync(join(upper, 'layers/new'), 'utf8')).toBe('new\n');
      expect(statSync(join(upper, 'layers/new'))).toMatchObject({ uid: 0, gid: 0 });
      expect(statSync(join(upper, 'layers/0')).isCharacterDevice()).toBe(true);
    },
  );

  test('more of them than the kernel takes are refused before anything starts', async () => {
    const { request } = layered(host.workshop, 501);
    await expect(host.sh('true', { security }, request)).rejects.toMatchObject({
      code: 'SC_UNSUPPORTED',
      message: 'mount overlay on "/": 501 layers, and the kernel takes 500 at most',
    });
  });
});
