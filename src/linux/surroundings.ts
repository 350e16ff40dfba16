import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { library } from './libc.ts';

/** Numbers that the kernel gives to the first namespaces of the machine (include/linux/proc_ns.h). */
const FIRST_USER_NAMESPACE = 'user:[4026531837]';
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

export interface Surroundings {
  /** Namespaces in which this process is that are not the machine's own, such as of an outer container. */
  nested: ('user' | 'pid')[];
  /** Mount points that cover parts of /proc or /sys, as those that runners put there. */
  covered: string[];
}

export function surroundings(): Surroundings {
  const nested: Surroundings['nested'] = [];
  if (readlinkSync('/proc/self/ns/pid') !== FIRST_PID_NAMESPACE) nested.push('pid');
  const user = '/proc/self/ns/user';
  if (existsSync(user) && readlinkSync(user) !== FIRST_USER_NAMESPACE) nested.push('user');
  return { nested, covered: coveredPaths(readFileSync('/proc/self/mountinfo', 'utf8')) };
}

/** Filesystems of the kernel's own that have their place below /proc or /sys on any host. */
const ordinary = new Set(
  'binfmt_misc autofs cgroup cgroup2 securityfs debugfs tracefs pstore bpf configfs fusectl efivarfs selinuxfs smackfs hugetlbfs nfsd rpc_pipefs resctrl'.split(
    ' ',
  ),
);

/**
 * Pure: from the text of /proc/PID/mountinfo. Where something covers a part of them, the kernel lets nobody
 * in a user namespace of its own mount a new proc or sysfs, which would uncover it (user_namespaces(7)).
 */
export function coveredPaths(mountinfo: string): string[] {
  const covered = mountinfo.split('\n').flatMap((line) => {
    const [mount = '', filesystem = ''] = line.split(' - ');
    const path = mount.split(' ')[4] ?? '';
    const type = filesystem.split(' ')[0] ?? '';
    // The tmpfs that holds the hierarchies of v1 stands on an empty directory, which covers nothing.
    if (!/^\/(proc|sys)\//.test(path) || path === '/sys/fs/cgroup' || ordinary.has(type)) return [];
    return [path];
  });
  return [...new Set(covered)].sort();
}

/** `glibc 2.36`, or `musl`: only the former says its version. */
export function libraryOfC(): string {
  try {
    return `glibc ${library.func('const char *gnu_get_libc_version()')()}`;
  } catch {
    return 'musl';
  }
}
