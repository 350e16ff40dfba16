import { formatDuration, formatSize } from '../../document/units.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import { filled } from '../filled.ts';

type ResourcesSpec = ContainerSpec['resources'];

const UNLIMITED = -1;

/** The limits of a container, in units. */
export function resourcesOf(resources: ResourcesSpec): object | undefined {
  const { memory, memorySwap, memoryReservation, shm, pids, cpus, cpuWeight, cpuset, io, hugetlb } =
    resources;
  const isUsualSwap = memory === undefined || memorySwap === 2 * memory;
  return filled({
    memory: sizeOf(memory),
    memorySwap: isUsualSwap ? undefined : sizeOf(memorySwap),
    memoryReservation: sizeOf(memoryReservation),
    shm: shm === 64 * 2 ** 20 ? undefined : sizeOf(shm),
    cpus,
    cpuWeight,
    cpuset,
    pids: pids === 2048 ? undefined : pids === UNLIMITED ? 'unlimited' : pids,
    io: io === undefined ? undefined : ioOf(io),
    hugetlb: Object.fromEntries(
      (hugetlb ?? []).map((one) => [formatSize(one.pageSize), formatSize(one.limit)]),
    ),
    oomScoreAdjust: resources.oomScoreAdjust,
    rlimits: Object.fromEntries(resources.rlimits.map(rlimitOf)),
  });
}

function sizeOf(bytes: number | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  return bytes === UNLIMITED ? 'unlimited' : formatSize(bytes);
}

function ioOf({ weight, devices }: NonNullable<ResourcesSpec['io']>): object {
  const limits = devices.map(({ readRate, writeRate, ...device }) => ({
    ...device,
    ...filled({ readRate: sizeOf(readRate), writeRate: sizeOf(writeRate) }),
  }));
  return { ...filled({ weight, devices: limits }) };
}

const inBytes: readonly string[] = ['fsize', 'data', 'stack', 'core', 'rss', 'memlock', 'as', 'msgqueue'];

function rlimitOf({ name, soft, hard }: ResourcesSpec['rlimits'][number]): [string, unknown] {
  const [one, other] = [soft, hard].map((limit) => limitOf(name, limit));
  return [name, one === other ? one : { soft: one, hard: other }];
}

function limitOf(name: string, limit: number): string | number {
  if (limit === UNLIMITED) return 'unlimited';
  if (inBytes.includes(name)) return formatSize(limit);
  if (name === 'cpu') return formatDuration(limit * 1000);
  return name === 'rttime' ? formatDuration(limit / 1000) : limit;
}
