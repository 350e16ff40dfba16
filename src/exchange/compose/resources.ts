import { formatSize } from '../../document/units.ts';
import { rlimits } from '../../linux/rlimits.ts';
import type { Resources, Rlimits } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import { sizeOf } from './values.ts';

/** Limits of the service itself, and those of `deploy`, which go before. */
export function resourcesOf(service: Item): Resources | undefined {
  const limits = service.get('deploy')?.get('resources')?.get('limits');
  const reservations = service.get('deploy')?.get('resources')?.get('reservations');
  for (const key of ['cpus', 'devices', 'generic_resources'])
    reservations?.get(key)?.note(`"${key}" is not reserved`);
  const memory = limits?.get('memory') ?? service.get('mem_limit');
  const swap = service.get('memswap_limit');
  if (memory === undefined) swap?.note('a limit of swap holds only beside one of memory');
  const cpus = limits?.get('cpus') ?? service.get('cpus');
  return filled({
    memory: memory && sizeOf(memory),
    memorySwap: memory && swap && (swap.now() === '-1' ? 'unlimited' : sizeOf(swap)),
    memoryReservation: sizeIn(reservations?.get('memory') ?? service.get('mem_reservation')),
    shm: sizeIn(service.get('shm_size')),
    cpus: cpus?.number() || undefined,
    cpuWeight: weightOf(service.get('cpu_shares')),
    cpuset: filled({ cpus: service.get('cpuset')?.text() }),
    pids: pidsOf(limits?.get('pids') ?? service.get('pids_limit')),
    oomScoreAdjust: service.get('oom_score_adj')?.number(),
    rlimits: rlimitsOf(service.get('ulimits')),
  }) as Resources | undefined;
}

function sizeIn(item: Item | undefined): string | undefined {
  return item === undefined ? undefined : sizeOf(item);
}

/** Where compose writes 1024 the weight is 100. */
function weightOf(item: Item | undefined): number | undefined {
  const shares = item?.number() ?? 0;
  return shares === 0 ? undefined : Math.min(Math.max(1, Math.round((shares * 100) / 1024)), 10_000);
}

function pidsOf(item: Item | undefined): Resources['pids'] | undefined {
  if (item === undefined) return undefined;
  const count = item.number();
  return count <= 0 ? 'unlimited' : count;
}

const inBytes: readonly string[] = ['fsize', 'data', 'stack', 'core', 'rss', 'memlock', 'as', 'msgqueue'];

function rlimitsOf(ulimits: Item | undefined): Rlimits | undefined {
  if (ulimits === undefined) return undefined;
  const entries = ulimits.entries().flatMap(([name, item]): [string, object | string | number][] => {
    if (!rlimits.includes(name)) {
      item.problem(`unknown limit "${name}"`, `one of ${rlimits.join(', ')}`);
      return [];
    }
    if (!item.isMap) return [[name, limitOf(name, item)]];
    const [soft, hard] = [item.get('soft'), item.get('hard')];
    if (soft === undefined || hard === undefined) {
      item.problem('found a limit without "soft" or "hard"');
      return [];
    }
    return [[name, { soft: limitOf(name, soft), hard: limitOf(name, hard) }]];
  });
  return Object.fromEntries(entries) as Rlimits;
}

function limitOf(name: string, item: Item): string | number {
  const limit = item.number();
  if (limit < 0) return 'unlimited';
  if (inBytes.includes(name)) return formatSize(limit);
  if (name === 'cpu') return `${limit}s`;
  return name === 'rttime' ? `${Math.ceil(limit / 1000)}ms` : limit;
}
