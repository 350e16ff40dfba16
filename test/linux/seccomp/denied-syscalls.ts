/** What the default profile denies on x86-64, as the project's security design lists it. */
export const deniedSyscalls = `
  _sysctl acct add_key afs_syscall bpf clock_settime create_module delete_module fanotify_init finit_module
  fsconfig fsmount fsopen fspick get_kernel_syms get_mempolicy getpmsg init_module io_uring_enter
  io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind
  migrate_pages mount mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree
  perf_event_open pidfd_getfd pivot_root process_madvise putpmsg query_module quotactl quotactl_fd reboot
  request_key security set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday
  swapoff swapon sysfs syslog tuxcall umount2 unshare uselib userfaultfd ustat vhangup vserver
`
  .trim()
  .split(/\s+/);

/** The same for what only 32-bit programs can call. */
export const deniedOn32Bit =
  'bdflush clock_settime64 pciconfig_iobase pciconfig_read pciconfig_write stime umount vm86 vm86old'.split(
    ' ',
  );
