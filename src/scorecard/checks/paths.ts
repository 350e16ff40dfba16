import { named, type SecurityCheck } from '../check.ts';
import { type Answer, entryNames, list, open, read } from '../question.ts';

const O_WRONLY = 1;

/** What of /proc and /sys is of the whole machine: not to be read, or not to be written. */
export const pathChecks: readonly SecurityCheck[] = [
  masked('/proc/kcore', 1, 'the memory of the whole machine', ['/proc/kcore']),
  masked('/proc/keys', 1, 'keys of other containers and of the host', ['/proc/keys']),
  masked('/proc/interrupts', 1, 'when keys are pressed, and what the neighbours compute', [
    '/proc/interrupts',
  ]),
  masked('timers and schedulers', 1, 'names of processes and addresses of the kernel', [
    '/proc/timer_list',
    '/proc/timer_stats',
    '/proc/sched_debug',
    '/proc/latency_stats',
  ]),
  maskedDirectories('hardware', 1, 'what the machine is built of, its serial numbers and tables', [
    '/proc/acpi',
    '/proc/asound',
    '/proc/scsi',
    '/sys/firmware',
  ]),
  maskedDirectories('power meters', 1, 'secrets can be told by the power that their use takes', [
    '/sys/devices/virtual/powercap',
  ]),
  readOnly('/proc/sys', 2, 'settings of the whole machine, core_pattern among them, which runs programs', [
    '/proc/sys/kernel/core_pattern',
    '/proc/sys/vm/overcommit_memory',
    '/proc/sys/fs/file-max',
  ]),
  readOnly('/proc/sysrq-trigger', 1, 'one letter written there restarts the machine', [
    '/proc/sysrq-trigger',
  ]),
  readOnly('interrupts', 1, 'which processor works for which device', ['/proc/irq/default_smp_affinity']),
  readOnly('/sys', 2, 'drivers, power and memory of the whole machine', [
    '/sys/kernel/mm/transparent_hugepage/enabled',
    '/sys/kernel/mm/ksm/run',
    '/sys/power/state',
  ]),
  readOnly('control groups', 2, 'a container lifts its own limits, and on v1 runs programs on the host', [
    ...['', '/memory', '/pids', '/devices', '/systemd', '/unified'].map(
      (hierarchy) => `/sys/fs/cgroup${hierarchy}/cgroup.procs`,
    ),
  ]),
];

function masked(name: string, points: number, reason: string, paths: readonly string[]): SecurityCheck {
  const questions = paths.map(read);
  const weakness = (answers: readonly Answer[]) => named(paths, answers, ({ result }) => result > 0);
  return { group: 'masked paths', name, points, reason, questions, weakness };
}

function maskedDirectories(
  name: string,
  points: number,
  reason: string,
  paths: readonly string[],
): SecurityCheck {
  const questions = paths.map(list);
  const weakness = (answers: readonly Answer[]) =>
    named(paths, answers, (answer) => entryNames(answer).length > 0);
  return { group: 'masked paths', name, points, reason, questions, weakness };
}

function readOnly(name: string, points: number, reason: string, paths: readonly string[]): SecurityCheck {
  const questions = paths.map((path) => open(path, O_WRONLY));
  const weakness = (answers: readonly Answer[]) => named(paths, answers, ({ result }) => result >= 0);
  return { group: 'read-only paths', name, points, reason, questions, weakness };
}
