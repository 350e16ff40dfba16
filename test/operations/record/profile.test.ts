import { expect, test } from 'vitest';
import type { SeenSyscall, SyscallForm } from '../../../src/backend/recording.ts';
import { recordedProfile } from '../../../src/operations/record/profile.ts';
import { observations } from './observations.ts';

const call = (name: string, form: SyscallForm = 'native'): SeenSyscall => ({ form, number: 1, name });

function rules(name: string, changes: Parameters<typeof observations>[0]) {
  return recordedProfile(observations(changes), []).syscalls.filter(({ names }) => names.includes(name));
}

test('what was seen is allowed, with what every program needs sooner or later, and nothing else', () => {
  expect(recordedProfile(observations(), [])).toEqual({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }],
    syscalls: [
      {
        names: [
          ...[
            'clock_getres',
            'clock_gettime',
            'execve',
            'exit',
            'exit_group',
            'getcpu',
            'gettimeofday',
            'read',
          ],
          ...['restart_syscall', 'rt_sigreturn', 'time'],
        ],
        action: 'SCMP_ACT_ALLOW',
      },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ],
  });
});

test('address families are those that were seen, by the lower half of the argument', () => {
  const seen = rules('socket', { syscalls: [call('socket')], socketFamilies: [1, 16] });
  expect(seen.map(({ args }) => args)).toEqual([
    [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 0xffff_ffff, valueTwo: 1 }],
    [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 0xffff_ffff, valueTwo: 16 }],
  ]);
});

test.each([
  ['none', 0x0120_0011, 0x7e02_0000],
  ['a mount namespace', 0x0002_0011, 0x7e00_0000],
  ['all', 0x7e02_0000, 0],
])('clone makes no more namespaces than it did: %s', (_, cloneFlags, value) => {
  expect(rules('clone', { syscalls: [call('clone')], cloneFlags }).map(({ args }) => args)).toEqual([
    [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value, valueTwo: 0 }],
  ]);
});

test('personalities are those that were seen, and any where one is not of the usual', () => {
  const seen = { syscalls: [call('personality')], personalities: [0xffff_ffff] };
  expect(rules('personality', seen).map(({ args }) => args?.[0]?.valueTwo)).toEqual([0xffff_ffff]);
  expect(rules('personality', { ...seen, hasOtherPersonalities: true })).toEqual([
    { names: ['personality'], action: 'SCMP_ACT_ALLOW' },
  ]);
});

test('other instruction sets are there where they were used, their arguments as in the default filter', () => {
  const syscalls = [call('read', 'compat'), call('socket', 'compat'), call('write', 'x32')];
  const profile = recordedProfile(observations({ syscalls }), []);
  expect(profile.archMap[0]?.subArchitectures).toEqual(['SCMP_ARCH_X86', 'SCMP_ARCH_X32']);
  const families = profile.syscalls.filter(({ names }) => names.includes('socket'));
  expect(families.length).toBeGreaterThan(1);
  expect(families.every(({ args }) => args?.length === 1)).toBe(true);
});

test('what the kernel was said not to have is said not to be there again; what was allowed too is not', () => {
  const refusedSyscalls = [
    { ...call('openat2'), errno: 'ENOSYS' as const },
    { ...call('mount'), errno: 'EPERM' as const },
    { ...call('read', 'compat'), errno: 'ENOSYS' as const },
  ];
  const profile = recordedProfile(observations({ refusedSyscalls }), []);
  expect(profile.syscalls.at(-1)).toEqual({
    names: ['clone3', 'openat2'],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: 38,
  });
});

test('clone3 is allowed where it was', () => {
  expect(rules('clone3', { syscalls: [call('clone3')] })).toEqual([
    { names: expect.arrayContaining(['clone3']), action: 'SCMP_ACT_ALLOW' },
  ]);
});

test('calls without a name are left out', () => {
  const profile = recordedProfile(observations({ syscalls: [{ form: 'native', number: 999 }] }), []);
  expect(JSON.stringify(profile)).not.toContain('999');
});
