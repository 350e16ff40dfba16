import { describe, expect, test } from 'vitest';
import { confinementOf, unconfinable } from '../../../src/backend/native/confinement.ts';
import { ProgramBuilder } from '../../../src/backend/native/program/builder.ts';
import { explain } from '../../../src/backend/native/program/explain.ts';
import { confine } from '../../../src/backend/native/render/confine.ts';
import { confiningModules } from '../../../src/linux/kernel.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const security = (changes: object) => spec([], { security: changes }).security;
const host = (modules: string[], profiles?: string[]) => () => ({ modules, profiles });
const label = 'system_u:system_r:container_t:s0:c1,c2';

describe('what a module is asked for is refused where it would be without effect:', () => {
  test.each([
    [
      'a profile where AppArmor is off',
      { apparmor: 'web' },
      host([]),
      ['security.apparmor: AppArmor is not on'],
    ],
    [
      'a profile that is not loaded',
      { apparmor: 'web' },
      host(['apparmor'], ['wob']),
      ['security.apparmor: no profile "web" is loaded'],
    ],
    [
      'a label where SELinux is off',
      { selinux: label },
      host(['apparmor']),
      ['security.selinux: SELinux is not on'],
    ],
    ['a loaded profile is not', { apparmor: 'web' }, host(['apparmor'], ['web']), []],
    ['one that may be loaded is left to the start', { apparmor: 'web' }, host(['apparmor']), []],
    ['a label is not', { selinux: label }, host(['selinux']), []],
    ['unconfined is not, whatever is on', { apparmor: 'unconfined' }, host([]), []],
  ])('%s', (_, changes, on, expected) => {
    expect(unconfinable(security(changes), on).map(({ path, reason }) => `${path}: ${reason}`)).toEqual(
      expected,
    );
  });

  test('the host is not looked at for a container that asks for nothing', () => {
    const look = () => {
      throw new Error('looked');
    };
    expect(unconfinable(security({}), look)).toEqual([]);
    expect(confinementOf(security({}), look)).toEqual({});
  });
});

test('unconfined is asked for where AppArmor is on, and is so by itself where it is not', () => {
  const unconfined = security({ apparmor: 'unconfined' });
  expect(confinementOf(unconfined, () => ['apparmor'])).toEqual({ apparmor: 'unconfined' });
  expect(confinementOf(unconfined, () => [])).toEqual({});
});

test('the words go through the /proc that init has made, past no other mount and no magic link', () => {
  const p = new ProgramBuilder();
  const failed = p.label('failed');
  p.failTo(failed);
  const proc = p.call('proc', 'fsmount', 3, 0, 0);
  confine(p, proc, { apparmor: 'web', selinux: label });
  p.place(failed);
  p.attempt('end', 'exit_group', 0);
  const lines = explain(p.finish());
  const text = lines.join('\n');
  expect(text).toContain('"self/attr/apparmor/exec"');
  expect(text).toContain('"exec web"');
  expect(text).toContain('"self/attr/exec"');
  expect(text).toContain(`"${label}"`);
  // RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS and RESOLVE_NO_XDEV.
  expect(text.match(/how\(0x[0-9a-f]+, 0xb\)/g)).toHaveLength(2);
});

describe('on this host', () => {
  const native = useBackend();

  test('a module that is off ends the start of who did not ask before', async () => {
    for (const [name, more] of [
      ['apparmor', { apparmor: 'web' }],
      ['selinux', { selinux: label }],
    ] as const) {
      if (confiningModules().includes(name)) continue;
      expect(native.backend.unsupported(spec(['true'], { security: more }))).toHaveLength(1);
      await expect(native.run(['true'], { security: more })).rejects.toMatchObject({
        code: 'SC_START_FAILED',
      });
    }
  });

  test('unconfined is no obstacle', async () => {
    expect((await native.run(['true'], { security: { apparmor: 'unconfined' } })).exit.code).toBe(0);
  });
});
