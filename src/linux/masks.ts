import { existsSync, readdirSync } from 'node:fs';

/**
 * What a container must not see: state of the whole machine that the kernel does not divide among
 * namespaces (memory, keys, timers, interrupts, power meters, firmware). A path that is not there is
 * passed over; add thermalThrottlePaths() for the host at hand.
 */
export const defaultMaskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
  '/sys/fs/selinux',
];

/** What a container may see but not change: settings of the whole machine. */
export const defaultReadOnlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Counters of each processor core that tell what the neighbours compute; present on real machines only. */
export function thermalThrottlePaths(directory = '/sys/devices/system/cpu'): string[] {
  // Without a sysfs on the host there is no start, which is told by those who need more of it.
  if (!existsSync(directory)) return [];
  const cores = readdirSync(directory).filter((name) => /^cpu\d+$/.test(name));
  return cores
    .filter((core) => readdirSync(`${directory}/${core}`).includes('thermal_throttle'))
    .map((core) => `${directory}/${core}/thermal_throttle`)
    .sort((left, right) => coreNumber(left) - coreNumber(right));
}

function coreNumber(path: string): number {
  return Number(/cpu(\d+)\/thermal_throttle$/.exec(path)?.[1]);
}
