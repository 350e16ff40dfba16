/**
 * Numbers of the system calls that are made without libc, below 424: x86-64's own
 * (arch/x86/entry/syscalls/syscall_64.tbl), and those of include/uapi/asm-generic/unistd.h, which arm64
 * has. There a call that a younger one can stand for is missing: mkdir, rmdir, chmod, poll.
 */
const own = {
  read: [0, 63],
  write: [1, 64],
  close: [3, 57],
  lseek: [8, 62],
  mmap: [9, 222],
  rt_sigprocmask: [14, 135],
  ioctl: [16, 29],
  pread64: [17, 67],
  pwrite64: [18, 68],
  madvise: [28, 233],
  nanosleep: [35, 101],
  sendfile: [40, 71],
  socket: [41, 198],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  shutdown: [48, 210],
  bind: [49, 200],
  listen: [50, 201],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  clone: [56, 220],
  execve: [59, 221],
  kill: [62, 129],
  fcntl: [72, 25],
  flock: [73, 32],
  fsync: [74, 82],
  getcwd: [79, 17],
  chdir: [80, 49],
  fchdir: [81, 50],
  fchmod: [91, 52],
  fchown: [93, 55],
  umask: [95, 166],
  setsid: [112, 157],
  setgroups: [116, 159],
  setresuid: [117, 147],
  setresgid: [119, 149],
  setfsuid: [122, 151],
  setfsgid: [123, 152],
  capset: [126, 91],
  rt_sigtimedwait: [128, 137],
  personality: [135, 92],
  fstatfs: [138, 44],
  setpriority: [141, 140],
  sched_setscheduler: [144, 119],
  pivot_root: [155, 41],
  prctl: [157, 167],
  chroot: [161, 51],
  mount: [165, 40],
  umount2: [166, 39],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  sched_setaffinity: [203, 122],
  clock_gettime: [228, 113],
  exit_group: [231, 94],
  waitid: [247, 95],
  keyctl: [250, 219],
  openat: [257, 56],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  fchownat: [260, 54],
  unlinkat: [263, 35],
  symlinkat: [266, 36],
  fchmodat: [268, 53],
  ppoll: [271, 73],
  unshare: [272, 97],
  splice: [275, 76],
  timerfd_create: [283, 85],
  timerfd_settime: [286, 86],
  accept4: [288, 242],
  eventfd2: [290, 19],
  dup3: [292, 24],
  pipe2: [293, 59],
  prlimit64: [302, 261],
  setns: [308, 268],
  renameat2: [316, 276],
  seccomp: [317, 277],
  memfd_create: [319, 279],
  bpf: [321, 280],
  statx: [332, 291],
  execveat: [322, 281],
} as const;

/** The same on every processor. */
const common = {
  pidfd_send_signal: 424,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  clone3: 435,
  close_range: 436,
  openat2: 437,
  pidfd_getfd: 438,
  mount_setattr: 442,
} as const;

export type SyscallName = keyof typeof own | keyof typeof common;

export type SyscallNumbers = Readonly<Record<SyscallName, number>>;

/** The numbers that a processor gives to them, named as Node does (`x64`, `arm64`). */
export function syscallNumbers(processor: string): SyscallNumbers {
  const column = processor === 'x64' ? 0 : 1;
  const numbers = Object.entries(own).map(([name, columns]) => [name, columns[column]]);
  return { ...Object.fromEntries(numbers), ...common };
}

/** Those of the processor that runs this. */
export const syscalls = syscallNumbers(process.arch);
