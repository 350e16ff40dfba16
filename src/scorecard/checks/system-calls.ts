import type { CallName } from '../call-numbers.ts';
import { EACCES, EAFNOSUPPORT, ENOSYS, EPERM, named, type SecurityCheck } from '../check.ts';
import { type Answer, call, call32, callX32, inTurn, type QuestionArgument, text } from '../question.ts';

type Attempt = readonly [name: CallName, ...args: number[]];

const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x10000000;
const ADDR_NO_RANDOMIZE = 0x40000;
const AF_ALG = 38;
const AF_VSOCK = 40;

// Every call has arguments that no kernel takes, so that it fails before it does anything; what matters is
// whether it is refused first.
const mounting: readonly Attempt[] = [
  ['mount', 0, 0, 0, 0, 0],
  ['umount2', 0, 0],
  ['pivot_root', 0, 0],
  ['setns', -1, 0],
  ['open_tree', -1, 0, 0],
  ['move_mount', -1, 0, -1, 0, 0],
  ['fsopen', 0, 0],
  ['fsconfig', -1, 99, 0, 0, 0],
  ['fsmount', -1, 0, 0],
  ['fspick', -1, 0, 0],
  ['mount_setattr', -1, 0, 0, 0, 0],
  ['open_by_handle_at', -1, 0, 0],
];

const kernelCode: readonly Attempt[] = [
  ['bpf', -1, 0, 0],
  ['perf_event_open', 0, 0, -1, -1, 0],
  ['init_module', 0, 0, 0],
  ['finit_module', -1, 0, 0],
  ['delete_module', 0, -1],
  ['kexec_load', 0, 17, 0, -1],
  ['kexec_file_load', -1, -1, 0, 0, -1],
];

const keys: readonly Attempt[] = [
  ['add_key', 0, 0, 0, 0, 0],
  ['request_key', 0, 0, 0, 0],
  ['keyctl', 9999, 0, 0, 0, 0],
];

const asynchronous: readonly Attempt[] = [
  ['io_uring_setup', 0, 0],
  ['io_uring_enter', -1, 0, 0, 0, 0],
  ['io_uring_register', -1, 99, 0, 0],
  ['userfaultfd', -1],
];

const machine: readonly Attempt[] = [
  ['reboot', 0, 0, 0, 0],
  ['swapon', 0, 0],
  ['swapoff', 0],
  ['acct', 1],
  ['settimeofday', 1, 1],
  ['clock_settime', 99, 0],
  ['sethostname', 0, -1],
  ['iopl', 4],
  ['ioperm', 65535, 65535, 1],
  ['quotactl', -1, 0, 0, 0],
  ['quotactl_fd', -1, 0, 0, 0],
];

const others: readonly Attempt[] = [
  ['kcmp', 0, 0, -1, 0, 0],
  ['pidfd_getfd', -1, -1, 0],
  ['process_madvise', -1, 0, 0, -1, 0],
  ['mbind', 0, 0, -1, 0, 0, -1],
  ['move_pages', 0, 0, 0, 0, 0, -1],
  ['migrate_pages', 0, 0, 0, 0],
  ['fanotify_init', -1, 0],
];

/** What of the kernel can be reached past the filter. */
export const systemCallChecks: readonly SecurityCheck[] = [
  closed('mounts and namespaces', 4, 'the way out of most containers leads over a mount', mounting),
  closed('code for the kernel', 4, 'modules, kernels, bpf and perf run in the kernel itself', kernelCode),
  closed('keys', 2, 'keys are counted and found by user, not by container', keys),
  closed(
    'io_uring, userfaultfd',
    3,
    'the field has switched them off: too many ways up were found',
    asynchronous,
  ),
  closed('the machine', 3, 'clock, swap, accounting, ports and quotas belong to the host', machine),
  closed('other processes', 2, 'memory and descriptors of others, and where they are in memory', others),
  {
    group: 'system calls',
    name: 'user namespaces',
    points: 2,
    reason: 'whoever makes one is root in it, and can reach what the kernel keeps for root',
    questions: [call('unshare', CLONE_NEWUSER)],
    weakness: ([answer]) => (answer?.result === 0 ? 'unshare' : undefined),
  },
  {
    group: 'system calls',
    name: 'mounts in a user namespace',
    points: 2,
    reason: 'filesystems of the kernel parse what a program of the container has written',
    questions: [
      inTurn(
        call('unshare', CLONE_NEWUSER),
        call('unshare', CLONE_NEWNS),
        call('mount', text('x'), text('/proc'), text('tmpfs'), 0, 0),
      ),
    ],
    weakness: ([answer]) => (answer?.result === 0 ? 'mount' : undefined),
  },
  {
    group: 'system calls',
    name: 'clone3',
    points: 1,
    reason: 'its flags are in memory, where no filter sees that it makes namespaces',
    questions: [call('clone3', 0, 0)],
    weakness: ([answer]) => (isOpen(answer) ? 'clone3' : undefined),
  },
  {
    group: 'system calls',
    name: 'personality',
    points: 1,
    reason: 'a program without address randomisation is attacked more easily',
    questions: [call('personality', ADDR_NO_RANDOMIZE)],
    weakness: ([answer]) => (isOpen(answer) ? 'ADDR_NO_RANDOMIZE' : undefined),
  },
  socket('AF_ALG', AF_ALG, 'the cryptography of the kernel, with a history of holes, for everybody'),
  socket('AF_VSOCK', AF_VSOCK, 'a line to the hypervisor, and to other machines on it, past every network'),
  {
    ...everything(call32),
    name: 'the same by 32-bit calls',
    points: 2,
    reason: 'a filter that only looks at 64-bit numbers is passed by',
  },
  {
    ...everything(callX32),
    name: 'the same by x32 calls',
    points: 1,
    reason: 'a second set of numbers that a filter has to know of',
  },
];

function closed(name: string, points: number, reason: string, attempts: readonly Attempt[]): SecurityCheck {
  const names = attempts.map(([name]) => name);
  return {
    group: 'system calls',
    name,
    points,
    reason,
    questions: attempts.map(([name, ...args]) => call(name, ...args)),
    weakness: (answers) => named(names, answers, isOpen),
  };
}

function socket(name: string, family: number, reason: string): SecurityCheck {
  return {
    group: 'system calls',
    name: `${name} sockets`,
    points: 1,
    reason,
    questions: [call('socket', family, 5, 0), call('socket', family, 1, 0)],
    weakness: (answers) => named([name, name], answers, isOpen),
  };
}

function everything(
  ask: (name: CallName, ...args: QuestionArgument[]) => string,
): Pick<SecurityCheck, 'group' | 'questions' | 'weakness'> {
  const attempts: readonly Attempt[] = [
    ...[...mounting, ...kernelCode, ...keys, ...asynchronous, ...machine, ...others],
    ['unshare', CLONE_NEWUSER],
    ['socket', AF_ALG, 5, 0],
    ['socket', AF_VSOCK, 1, 0],
  ];
  const names = attempts.map(([name]) => name);
  return {
    group: 'system calls',
    questions: attempts.map(([name, ...args]) => ask(name, ...args)),
    weakness: (answers) => named(names, answers, isOpen),
  };
}

/** Neither refused nor unknown; a filter may also kill. */
function isOpen(answer: Answer | undefined): boolean {
  if (answer === undefined || answer.signal !== undefined) return false;
  return ![EPERM, EACCES, ENOSYS, EAFNOSUPPORT].includes(answer.result);
}
