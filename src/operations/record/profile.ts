import type { Observations, SeenSyscall, SyscallForm } from '../../backend/recording.ts';
import { defaultProfile } from '../../linux/seccomp/default-profile.ts';
import { type SeccompArgument, type SeccompRule, selectRules } from '../../linux/seccomp/profile.ts';

/** A filter in the JSON form of docker's profiles, as far as it is written here. */
interface RecordedProfile {
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  archMap: { architecture: string; subArchitectures: string[] }[];
  syscalls: SeccompRule[];
}

const EPERM = 1;
const ENOSYS = 38;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const cloneNamespaces = 0x7e020000;

/**
 * Calls of any program that a run need not show: how it ends, how it comes back from a signal, and what libc
 * answers without the kernel where the machine's clock allows (vdso(7)).
 */
const always = [
  ...['exit', 'exit_group', 'restart_syscall', 'rt_sigreturn'],
  ...['clock_getres', 'clock_gettime', 'getcpu', 'gettimeofday', 'time'],
];

/** Answered as by a kernel that does not have them, so that libc falls back, though the run never asked. */
const absent = ['clone3'];

/**
 * The filter that lets pass what was seen and nothing else, with the arguments that were seen where the
 * default filter looks at them. What was refused stays so, with the same error.
 */
export function recordedProfile(seen: Observations, capabilities: readonly string[]): RecordedProfile {
  const used = namesOf(seen.syscalls);
  const conditional = new Map([
    ['socket', seen.socketFamilies.map((family) => masked(0xffff_ffff, family))],
    ['clone', [masked(cloneNamespaces & ~seen.cloneFlags, 0)]],
    [
      'personality',
      seen.hasOtherPersonalities ? [] : seen.personalities.map((value) => masked(0xffff_ffff, value)),
    ],
  ]);
  const compat = new Set(namesOf(seen.syscalls.filter(({ form }) => form === 'compat')));
  const rulesOf = (name: string): SeccompRule[] => {
    // Of 32-bit programs the arguments were not seen.
    if (compat.has(name)) return defaultRules(name, capabilities);
    const given = conditional.get(name) ?? [];
    return given.length > 0 ? given.map((argument) => allow([name], argument)) : [allow([name])];
  };
  const names = [...new Set([...used, ...always])].sort();
  const plain = names.filter((name) => !conditional.has(name));
  const missing = namesOf(seen.refusedSyscalls.filter(({ errno }) => errno === 'ENOSYS'));
  const denied = [...new Set([...missing, ...absent])].filter((name) => !names.includes(name)).sort();
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: subArchitectures(seen) }],
    syscalls: [
      allow(plain),
      ...names.filter((name) => conditional.has(name)).flatMap(rulesOf),
      ...(denied.length > 0 ? [{ names: denied, action: 'SCMP_ACT_ERRNO' as const, errnoRet: ENOSYS }] : []),
    ],
  };
}

function namesOf(syscalls: readonly SeenSyscall[]): string[] {
  return [...new Set(syscalls.flatMap(({ name }) => (name === undefined ? [] : [name])))];
}

/** Those of the filter that counts without a word in the file, or else any argument. */
function defaultRules(name: string, capabilities: readonly string[]): SeccompRule[] {
  const rules = selectRules(defaultProfile, capabilities)
    .filter(({ action, names }) => action === 'SCMP_ACT_ALLOW' && names.includes(name))
    .map((rule) => ({ ...rule, names: [name] }));
  return rules.length > 0 ? rules : [allow([name])];
}

/** Other instruction sets of the processor; the filter kills who uses one that is not named. */
function subArchitectures({ syscalls, refusedSyscalls }: Observations): string[] {
  const forms = new Set<SyscallForm>([...syscalls, ...refusedSyscalls].map(({ form }) => form));
  return [...(forms.has('compat') ? ['SCMP_ARCH_X86'] : []), ...(forms.has('x32') ? ['SCMP_ARCH_X32'] : [])];
}

function allow(names: readonly string[], argument?: SeccompArgument): SeccompRule {
  return { names, action: 'SCMP_ACT_ALLOW', ...(argument && { args: [argument] }) };
}

/** Of the first argument the lower half, all that the kernel looks at. */
function masked(mask: number, value: number): SeccompArgument {
  return { index: 0, op: 'SCMP_CMP_MASKED_EQ', value: mask, valueTwo: value };
}
