import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHostCgroups } from '../linux/cgroup/hierarchy.ts';

/** Text of a file of the group in which a controller has a process; undefined where there is none. */
type Read = (file: string) => string | undefined;

/** v1 tells no limit as the greatest number of its pages (include/linux/page_counter.h), which no machine has. */
const NO_LIMIT = 2 ** 60;

/** What v2 calls 100 is 1024 on v1 (kernel/sched/core.c, cpu_weight_write_u64). */
const SHARES_PER_WEIGHT = 1024 / 100;

const rates = [
  ['readRate', 'blkio.throttle.read_bps_device', 'rbps'],
  ['writeRate', 'blkio.throttle.write_bps_device', 'wbps'],
  ['readOperations', 'blkio.throttle.read_iops_device', 'riops'],
  ['writeOperations', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

/**
 * What the control groups with these paths, by controller, let their processes have, in the same words for both versions:
 * null is no limit. What the host does not have is not there.
 */
export function groupFacts(groups: { readonly [controller: string]: string }): { [name: string]: unknown } {
  const { hierarchies } = readHostCgroups();
  const facts = Object.entries(namesOf).map(([controller, names]) => {
    const tree = hierarchies.find(({ version, controllers }) => controllers.includes(names[version]));
    const group = tree && groups[tree.version === 2 ? 'unified' : names[1]];
    if (tree === undefined || group === undefined) return {};
    return factsOf(controller as Controller, tree.version, (file) => textOf(join(tree.path, group, file)));
  });
  return Object.assign({}, ...facts);
}

/** The same of one controller, by the files of a group. */
export function factsOf(controller: Controller, version: 1 | 2, read: Read): { [name: string]: unknown } {
  const found = Object.entries(controllers[controller][version](read));
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** What the kernel calls them in each version. */
const namesOf = {
  memory: { 1: 'memory', 2: 'memory' },
  cpu: { 1: 'cpu', 2: 'cpu' },
  hugetlb: { 1: 'hugetlb', 2: 'hugetlb' },
  io: { 1: 'blkio', 2: 'io' },
} as const;

type Controller = keyof typeof namesOf;

type Facts = (read: Read) => { [name: string]: unknown };

const controllers: { readonly [Name in Controller]: { 1: Facts; 2: Facts } } = {
  memory: {
    1: (read) => ({
      memory: limitIn(read('memory.limit_in_bytes')),
      memoryAndSwap: limitIn(read('memory.memsw.limit_in_bytes')),
      memoryReservation: limitIn(read('memory.soft_limit_in_bytes')),
    }),
    2: (read) => {
      const [memory, swap] = [limitIn(read('memory.max')), limitIn(read('memory.swap.max'))];
      const isLimited = typeof memory === 'number' && typeof swap === 'number';
      return {
        memory,
        memoryAndSwap: isLimited ? memory + swap : swap === undefined ? undefined : null,
        memoryReservation: limitIn(read('memory.low')),
      };
    },
  },
  cpu: {
    1: (read) => ({
      processors: share(read('cpu.cfs_quota_us'), read('cpu.cfs_period_us')),
      processorWeight: rounded(limitIn(read('cpu.shares')), SHARES_PER_WEIGHT),
      throttled: numberOfLine(read('cpu.stat'), 'nr_throttled'),
    }),
    2: (read) => ({
      processors: share(...pairIn(read('cpu.max'))),
      processorWeight: limitIn(read('cpu.weight')),
      throttled: numberOfLine(read('cpu.stat'), 'nr_throttled'),
    }),
  },
  hugetlb: {
    1: (read) => ({ hugePages: bySize((size) => read(`hugetlb.${size}.limit_in_bytes`)) }),
    2: (read) => ({ hugePages: bySize((size) => read(`hugetlb.${size}.max`)) }),
  },
  io: {
    1: (read) => ({
      deviceWeight: defaultIn(read('blkio.bfq.weight')),
      devices: devicesOf([
        ...rates.map(([name, file]) => [name, read(file)] as const),
        ['weight', read('blkio.bfq.weight_device')],
      ]),
    }),
    2: (read) => {
      const weights = read('io.bfq.weight') ?? read('io.weight');
      const limits = rates.map(([name, , word]) => [name, wordsOf(read('io.max'), word)] as const);
      return { deviceWeight: defaultIn(weights), devices: devicesOf([...limits, ['weight', weights]]) };
    },
  },
};

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** By the size of pages as the kernel names it in files, `2MB` (mm/hugetlb_cgroup.c, mem_fmt), the limit. */
function bySize(look: (size: string) => string | undefined): { [size: string]: number | null } | undefined {
  const sizes = readdirSync('/sys/kernel/mm/hugepages').map((name) => Number(/\d+/.exec(name)) / 1024);
  const limits = sizes.map((size) => {
    const name = size >= 1024 ? `${size / 1024}GB` : size >= 1 ? `${size}MB` : `${size * 1024}KB`;
    return [name, limitIn(look(name))] as const;
  });
  const known = limits.filter((limit): limit is [string, number | null] => limit[1] !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function limitIn(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  return text === 'max' || number >= NO_LIMIT ? null : number;
}

/** Of a quota and its period, in processors. */
function share(quota: string | undefined, period: string | undefined): number | null | undefined {
  if (quota === undefined) return undefined;
  return quota === 'max' || quota === '-1' ? null : Number(quota) / Number(period);
}

function pairIn(text: string | undefined): [string | undefined, string | undefined] {
  const [first, second] = text?.split(' ') ?? [];
  return [first, second];
}

function rounded(value: number | null | undefined, unit: number): number | undefined {
  return typeof value === 'number' ? Math.round(value / unit) : undefined;
}

function numberOfLine(text: string | undefined, name: string): number | undefined {
  const [, number] = new RegExp(`^${name} (\\d+)$`, 'm').exec(text ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Of all devices that no line is about: alone, or behind the word `default`. */
function defaultIn(text: string | undefined): number | undefined {
  const [, number] = /^(?:default )?(\d+)$/m.exec(text ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

/** Lines `7:0 rbps=1024 wbps=max` as such of one of these words alone. */
function wordsOf(text: string | undefined, word: string): string | undefined {
  return text
    ?.split('\n')
    .flatMap((line) => {
      const [, number] = new RegExp(`\\b${word}=(\\d+)`).exec(line) ?? [];
      return number === undefined ? [] : [`${line.split(' ')[0]} ${number}`];
    })
    .join('\n');
}

/** By the number of each device, `7:0`, what its lines say. */
function devicesOf(files: readonly (readonly [name: string, text: string | undefined])[]) {
  const devices: { [number: string]: { [name: string]: number } } = {};
  for (const [name, text = ''] of files)
    for (const [, number = '', value] of text.matchAll(/^(\d+:\d+) (\d+)$/gm))
      devices[number] = { ...devices[number], [name]: Number(value) };
  return devices;
}
