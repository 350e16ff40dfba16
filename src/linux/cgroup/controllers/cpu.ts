import { countOf, parseNumberList } from '../../number-list.ts';
import type { HostLook } from '../cgroup.ts';
import { type CgroupController, given, type LimitComplaint, write } from './controller.ts';

/** Microseconds. The kernel takes no quota of less in a period, and no longer period than a second. */
const MINIMUM_QUOTA = 1000;
const LONGEST_PERIOD = 1_000_000;

/** The kernel's own default. */
const PERIOD = 100_000;

/** What v2 calls 100 is 1024 on v1 (kernel/sched/core.c, cpu_weight_write_u64). */
const SHARES_PER_WEIGHT = 1024 / 100;

/** Time of processors: a quota of it, and a weight among those that want it. */
export const cpu: CgroupController = {
  names: { 1: 'cpu', 2: 'cpu' },
  always: () => false,

  fields: ({ cpus, cpuWeight }) => given({ 'resources.cpus': cpus, 'resources.cpuWeight': cpuWeight }),

  complaints: ({ cpus }, { hierarchy, look }) => {
    if (cpus === undefined) return [];
    const path = 'resources.cpus';
    const complaints: LimitComplaint[] = [];
    if (cpus * LONGEST_PERIOD < MINIMUM_QUOTA) {
      const message = `${cpus} of a processor is less than the kernel can measure`;
      complaints.push({ path, message, expected: 'at least 0.001', isUsage: true });
    }
    const online = processors(look);
    if (cpus > online) {
      const message = `${cpus} processors are more than this host has`;
      complaints.push({ path, message, expected: `at most ${online}` });
    }
    // Only v1 has it in the root of the tree, where one can see it before there is a group.
    if (hierarchy.version === 1 && look.read(`${hierarchy.path}/cpu.cfs_quota_us`) === undefined) {
      const message = 'this kernel has no quota of processor time';
      complaints.push({ path, message, expected: 'a kernel with CONFIG_CFS_BANDWIDTH' });
    }
    return complaints;
  },

  v1: ({ cpus, cpuWeight }) => ({
    writes: [
      ...write('cpu.shares', cpuWeight === undefined ? undefined : Math.round(cpuWeight * SHARES_PER_WEIGHT)),
      ...(cpus === undefined
        ? []
        : [...write('cpu.cfs_period_us', period(cpus)), ...write('cpu.cfs_quota_us', quota(cpus))]),
    ],
  }),

  v2: ({ cpus, cpuWeight }) => ({
    writes: [
      ...write('cpu.weight', cpuWeight),
      ...write('cpu.max', cpus === undefined ? undefined : `${quota(cpus)} ${period(cpus)}`),
    ],
  }),

  lift: ({ file }) => unlimited[file] ?? '',
};

const unlimited: { readonly [file: string]: string } = {
  'cpu.shares': '1024',
  'cpu.cfs_period_us': `${PERIOD}`,
  'cpu.cfs_quota_us': '-1',
  'cpu.weight': '100',
  'cpu.max': `max ${PERIOD}`,
};

/** Longer for a small share, whose quota would else be too small. */
function period(cpus: number): number {
  return cpus * PERIOD < MINIMUM_QUOTA ? LONGEST_PERIOD : PERIOD;
}

function quota(cpus: number): number {
  return Math.round(cpus * period(cpus));
}

function processors(look: HostLook): number {
  const online = look.read('/sys/devices/system/cpu/online');
  return online === undefined ? Number.POSITIVE_INFINITY : countOf(parseNumberList(online.trim()));
}
