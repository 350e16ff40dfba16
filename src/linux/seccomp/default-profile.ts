import { constants } from 'node:os';
import { allowedSyscalls, newestSyscall } from './allowed-syscalls.ts';
import type { ConditionalRule, SeccompArgument, SeccompProfile } from './profile.ts';

const { EPERM, ENOSYS } = constants.errno;

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. CLONE_NEWTIME is not for clone(2). */
const cloneNamespaces = 0x7e020000;

/**
 * Address families as blocks of numbers that share their upper bits: 0 to 45, all that Linux has, without
 * 38 (AF_ALG, the kernel's cryptography: one flaw after another) and 40 (AF_VSOCK, the host itself on a
 * virtual machine, in no namespace).
 */
const addressFamilies = [
  { first: 0, count: 32 },
  { first: 32, count: 4 },
  { first: 36, count: 2 },
  { first: 39, count: 1 },
  { first: 41, count: 1 },
  { first: 42, count: 2 },
  { first: 44, count: 2 },
];

/** PER_LINUX and PER_LINUX32, each also with UNAME26, and 0xffffffff, which only asks. */
const personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** What a granted capability opens: only the calls that are of no use without it. */
const openedBy: Record<string, string> = {
  CAP_BPF: 'bpf',
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_PERFMON: 'perf_event_open',
  CAP_SYSLOG: 'syslog',
  CAP_SYS_ADMIN:
    'bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr ' +
    'move_mount open_tree perf_event_open pivot_root quotactl quotactl_fd setdomainname sethostname setns ' +
    'syslog umount umount2 unshare',
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
};

/** The filter of a container whose file does not say otherwise: an allow-list as strict as docker's. */
export const defaultProfile: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  defaultErrnoRet: EPERM,
  newestSyscall,
  archMap: [
    { architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] },
    { architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM'] },
  ],
  syscalls: [
    { names: allowedSyscalls, action: 'SCMP_ACT_ALLOW' },
    ...Object.entries(openedBy).map(
      ([capability, names]): ConditionalRule => ({
        names: names.split(' '),
        action: 'SCMP_ACT_ALLOW',
        includes: { caps: [capability] },
      }),
    ),
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [masked(cloneNamespaces, 0)],
      excludes: { caps: ['CAP_SYS_ADMIN'] },
    },
    {
      // Its flags are behind a pointer, where no filter can look. ENOSYS, so that libc falls back to clone.
      names: ['clone3'],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: ENOSYS,
      excludes: { caps: ['CAP_SYS_ADMIN'] },
    },
    ...addressFamilies.map(({ first, count }) => allowIf('socket', masked(0xffffffff - (count - 1), first))),
    ...personalities.map((value) => allowIf('personality', masked(0xffffffff, value))),
  ],
};

function allowIf(name: string, argument: SeccompArgument): ConditionalRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', args: [argument] };
}

/**
 * A condition on the first argument that does not look at its upper 32 bits. The kernel takes an int
 * there, so 0x100000026 is AF_ALG too: a comparison of all 64 bits (`!= 38`) would let it through.
 */
function masked(mask: number, value: number): SeccompArgument {
  return { index: 0, op: 'SCMP_CMP_MASKED_EQ', value: mask, valueTwo: value };
}
