import { statfsSync } from 'node:fs';
import { DEVPTS_SUPER_MAGIC, PROC_SUPER_MAGIC } from '../../linux/constants.ts';

/** Filesystems whose files the kernel makes up as they are read (linux/magic.h). */
const ofKernel: ReadonlyMap<number, string> = new Map([
  [PROC_SUPER_MAGIC, 'proc'],
  [DEVPTS_SUPER_MAGIC, 'devpts'],
  [0x62656572, 'sysfs'],
  [0x0027e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x19800202, 'mqueue'],
  [0x64626720, 'debugfs'],
  [0x74726163, 'tracefs'],
  [0x73636673, 'securityfs'],
  [0xcafe4a11, 'bpf'],
  [0x42494e4d, 'binfmt_misc'],
  [0x62656570, 'configfs'],
  [0x6165676c, 'pstore'],
  [0xf97cff8c, 'selinuxfs'],
]);

/** The filesystem of the kernel's on which what a descriptor stands for lies; undefined where it is on another. */
export function kernelFilesystem(descriptor: number): string | undefined {
  return ofKernel.get(statfsSync(`/proc/self/fd/${descriptor}`).type >>> 0);
}
