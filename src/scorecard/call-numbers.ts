/**
 * Numbers of the system calls that are asked about and mostly made by nobody (those that sc makes stand in
 * linux/syscalls.ts), below 424: on x86-64, on arm64 and for 32-bit programs on
 * x86 (arch/x86/entry/syscalls/syscall_32.tbl). A call that a processor does not have is undefined there.
 */
const own = {
  mount: [165, 40, 21],
  umount2: [166, 39, 52],
  pivot_root: [155, 41, 217],
  setns: [308, 268, 346],
  unshare: [272, 97, 310],
  chroot: [161, 51, 61],
  chdir: [80, 49, 12],
  bpf: [321, 280, 357],
  perf_event_open: [298, 241, 336],
  init_module: [175, 105, 128],
  finit_module: [313, 273, 350],
  delete_module: [176, 106, 129],
  kexec_load: [246, 104, 283],
  kexec_file_load: [320, 294, undefined],
  keyctl: [250, 219, 288],
  add_key: [248, 217, 286],
  request_key: [249, 218, 287],
  userfaultfd: [323, 282, 374],
  reboot: [169, 142, 88],
  swapon: [167, 224, 87],
  swapoff: [168, 225, 115],
  acct: [163, 89, 51],
  settimeofday: [164, 170, 79],
  clock_settime: [227, 112, 264],
  sethostname: [170, 161, 74],
  iopl: [172, undefined, 110],
  ioperm: [173, undefined, 101],
  quotactl: [179, 60, 131],
  syslog: [103, 116, 103],
  kcmp: [312, 272, 349],
  mbind: [237, 235, 274],
  move_pages: [279, 239, 317],
  migrate_pages: [256, 238, 294],
  open_by_handle_at: [304, 265, 342],
  fanotify_init: [300, 262, 338],
  personality: [135, 92, 136],
  socket: [41, 198, 359],
  socketcall: [undefined, undefined, 102],
  clone: [56, 220, 120],
  truncate: [76, 45, 92],
  openat: [257, 56, 295],
  mknodat: [259, 33, 297],
  readlinkat: [267, 78, 305],
  getdents64: [217, 61, 220],
} as const satisfies Record<string, readonly [number | undefined, number | undefined, number | undefined]>;

/** The same on every processor. */
const common = {
  io_uring_setup: 425,
  io_uring_enter: 426,
  io_uring_register: 427,
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  clone3: 435,
  pidfd_getfd: 438,
  process_madvise: 440,
  mount_setattr: 442,
  quotactl_fd: 443,
} as const;

export const callNames = [...Object.keys(own), ...Object.keys(common)] as readonly CallName[];

export type CallName = keyof typeof own | keyof typeof common;

/** The number of a call; undefined where there is none. */
export function numberOf(name: CallName, processor: string): number | undefined {
  if (name in common) return common[name as keyof typeof common];
  const column = ['x64', 'arm64', 'ia32'].indexOf(processor);
  return own[name as keyof typeof own][column];
}
