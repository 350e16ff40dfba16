import type { DeviceRule } from '../../linux/devices.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';

/** `linux.resources` of the runtime specification. */
export interface Resources {
  devices: { allow: boolean; type?: string; major?: number; minor?: number; access: string }[];
  memory?: { limit?: number; swap?: number; reservation?: number };
  cpu?: { shares?: number; quota?: number; period?: number; cpus?: string; mems?: string };
  pids: { limit: number };
  blockIO?: BlockIo;
  hugepageLimits?: { pageSize: string; limit: number }[];
  /** Files of v2 with what is written to them. */
  unified?: Record<string, string>;
}

interface BlockIo {
  weight?: number;
  weightDevice?: { major: number; minor: number; weight: number }[];
  throttleReadBpsDevice?: Rate[];
  throttleWriteBpsDevice?: Rate[];
  throttleReadIOPSDevice?: Rate[];
  throttleWriteIOPSDevice?: Rate[];
}

interface Rate {
  major: number;
  minor: number;
  rate: number;
}

interface ResourcesHost {
  /** Whether processor time is shared by control groups of v2. */
  hasCpuOfV2: boolean;
  /** Whether memory and swap together can be limited. */
  accountsSwap: boolean;
  /** All that may be done with devices. */
  devices: readonly DeviceRule[];
  /** Numbers of a block device. */
  numbersOf: (path: string) => { major: number; minor: number };
}

/** Microseconds; the kernel takes no quota of less in a period, and no longer period than a second. */
const [PERIOD, LONGEST_PERIOD, MINIMUM_QUOTA] = [100_000, 1_000_000, 1000];

/** What v2 calls 100 is 1024 on v1. */
const SHARES_PER_WEIGHT = 1024 / 100;

/** The limits of a container; what this host cannot hold to is refused before. */
export function renderResources(
  { resources }: Pick<ContainerSpec, 'resources'>,
  host: ResourcesHost,
): Resources {
  const { cpuWeight, hugetlb = [], io, pids } = resources;
  const [memory, cpu] = [memoryOf(resources, host), cpuOf(resources, host)];
  return {
    devices: [
      { allow: false, access: 'rwm' },
      ...host.devices.map(({ type, major, minor, access }) => ({
        allow: true,
        type,
        ...(major !== undefined && { major }),
        ...(minor !== undefined && { minor }),
        access,
      })),
    ],
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    pids: { limit: pids },
    ...(io && { blockIO: blockIoOf(io, host) }),
    ...(hugetlb.length > 0 && {
      hugepageLimits: hugetlb.map(({ pageSize, limit }) => ({ pageSize: nameOf(pageSize), limit })),
    }),
    ...(cpuWeight !== undefined && host.hasCpuOfV2 && { unified: { 'cpu.weight': String(cpuWeight) } }),
  };
}

function memoryOf(
  { memory: limit, memorySwap, memoryReservation: reservation }: ContainerSpec['resources'],
  { accountsSwap }: ResourcesHost,
): Resources['memory'] {
  const swap = limit === undefined || !accountsSwap ? undefined : (memorySwap ?? 2 * limit);
  return defined({ limit, swap, reservation });
}

function cpuOf(
  { cpus: quotaOf, cpuWeight, cpuset }: ContainerSpec['resources'],
  { hasCpuOfV2 }: ResourcesHost,
): Resources['cpu'] {
  const period =
    quotaOf === undefined ? undefined : quotaOf * PERIOD < MINIMUM_QUOTA ? LONGEST_PERIOD : PERIOD;
  return defined({
    shares: cpuWeight === undefined || hasCpuOfV2 ? undefined : Math.round(cpuWeight * SHARES_PER_WEIGHT),
    quota: quotaOf === undefined || period === undefined ? undefined : Math.round(quotaOf * period),
    period,
    cpus: cpuset?.cpus,
    mems: cpuset?.memoryNodes,
  });
}

function blockIoOf(
  { weight, devices }: NonNullable<ContainerSpec['resources']['io']>,
  { numbersOf }: ResourcesHost,
): BlockIo {
  const rates = (
    key: 'readRate' | 'writeRate' | 'readOperations' | 'writeOperations',
  ): Rate[] | undefined => {
    const limited = devices.flatMap(({ path, [key]: rate }) =>
      rate === undefined ? [] : [{ ...numbersOf(path), rate }],
    );
    return limited.length > 0 ? limited : undefined;
  };
  const weights = devices.flatMap(({ path, weight: own }) =>
    own === undefined ? [] : [{ ...numbersOf(path), weight: own }],
  );
  return (
    defined({
      weight,
      weightDevice: weights.length > 0 ? weights : undefined,
      throttleReadBpsDevice: rates('readRate'),
      throttleWriteBpsDevice: rates('writeRate'),
      throttleReadIOPSDevice: rates('readOperations'),
      throttleWriteIOPSDevice: rates('writeOperations'),
    }) ?? {}
  );
}

/** `2MB` for 2Mi: so the kernel names its files (mm/hugetlb_cgroup.c, mem_fmt). */
function nameOf(size: number): string {
  const [unit, factor] = (
    [
      ['GB', 2 ** 30],
      ['MB', 2 ** 20],
    ] as const
  ).find(([, factor]) => size >= factor) ?? ['KB', 1024];
  return `${size / factor}${unit}`;
}

type Defined<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** The fields that are there; undefined where none is. */
function defined<Fields extends object>(fields: Fields): Defined<Fields> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Defined<Fields>);
}
