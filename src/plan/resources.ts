import { parseSize } from '../document/units.ts';
import { unlimited } from '../linux/rlimits.ts';
import type { Resources } from '../schema/container-file.ts';
import type { ResourcesSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';
import { compileRlimits } from './rlimits.ts';

const MiB = 1024 * 1024;

/** The limits of a container in numbers of the kernel; -1 is without limit. What is not limited is not there. */
export function compileResources(resources: Resources, fields: Fields): ResourcesSpec {
  const { cpus, cpuWeight, cpuset, io, hugetlb, oomScoreAdjust } = resources;
  return {
    ...compileMemory(resources, fields),
    shm: fields.convert('resources.shm', resources.shm, 64 * MiB, parseSize),
    ...(cpus !== undefined && { cpus: fields.take('resources.cpus', cpus, cpus) }),
    ...(cpuWeight !== undefined && { cpuWeight: fields.take('resources.cpuWeight', cpuWeight, cpuWeight) }),
    ...(hasKeys(cpuset) && { cpuset: fields.take('resources.cpuset', cpuset, cpuset) }),
    pids: fields.convert('resources.pids', resources.pids, 2048, (limit) =>
      limit === 'unlimited' ? unlimited : limit,
    ),
    ...((io?.weight !== undefined || hasKeys(io?.devices)) && {
      io: fields.convert('resources.io', io, { devices: [] }, compileIo),
    }),
    ...(hasKeys(hugetlb) && { hugetlb: compileHugetlb(hugetlb, fields) }),
    ...(oomScoreAdjust !== undefined && {
      oomScoreAdjust: fields.take('resources.oomScoreAdjust', oomScoreAdjust, oomScoreAdjust),
    }),
    rlimits: compileRlimits(resources.rlimits ?? {}, fields),
  };
}

function compileMemory(resources: Resources, fields: Fields): Partial<ResourcesSpec> {
  const { memory: limit, memorySwap: both, memoryReservation: reserved } = resources;
  const compiled: Partial<ResourcesSpec> = {};
  if (limit !== undefined) {
    const memory = fields.convert('resources.memory', limit, 0, parseSize);
    compiled.memory = memory;
    compiled.memorySwap = fields.convert('resources.memorySwap', both, 2 * memory, (text) =>
      text === 'unlimited' ? unlimited : parseSize(text),
    );
  }
  if (reserved !== undefined)
    compiled.memoryReservation = fields.convert('resources.memoryReservation', reserved, 0, parseSize);
  return compiled;
}

function compileIo({ weight, devices = [] }: NonNullable<Resources['io']>): NonNullable<ResourcesSpec['io']> {
  return {
    ...(weight !== undefined && { weight }),
    devices: devices.map(({ readRate, writeRate, ...device }) => ({
      ...device,
      ...(readRate !== undefined && { readRate: parseSize(readRate) }),
      ...(writeRate !== undefined && { writeRate: parseSize(writeRate) }),
    })),
  };
}

function compileHugetlb(
  limits: NonNullable<Resources['hugetlb']>,
  fields: Fields,
): NonNullable<ResourcesSpec['hugetlb']> {
  return Object.entries(limits).map(([size, text]) => {
    const limit = { pageSize: parseSize(size), limit: parseSize(text) };
    return fields.take(`resources.hugetlb.${size}`, limit, limit);
  });
}

/** `cpuset: {}` asks for nothing. */
function hasKeys<Value extends object>(value: Value | undefined): value is Value {
  return value !== undefined && Object.keys(value).length > 0;
}
