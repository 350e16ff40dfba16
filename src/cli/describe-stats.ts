import type { ContainerUsage, StatsResult } from '../schema/operations/stats.ts';
import { fileSize, memorySize } from './quantity.ts';
import { table } from './table.ts';

const UNKNOWN = '--';

/** Docker's columns, but for the network: a container has none but its own lo yet. */
export function describeStats({ usage }: StatsResult): string {
  return table([
    ['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'BLOCK I/O', 'PIDS'],
    ...usage.map(({ id, name, cpu, memory, io, pids }: ContainerUsage) => [
      id.slice(0, 12),
      name,
      percent(cpu?.percent),
      both(memory && memorySize(memory.used), memory && memorySize(memory.limit)),
      percent(memory?.percent),
      both(io && fileSize(io.read), io && fileSize(io.written)),
      String(pids?.count ?? UNKNOWN),
    ]),
  ]);
}

function percent(number: number | undefined): string {
  return number === undefined ? UNKNOWN : `${number.toFixed(2)}%`;
}

function both(first = UNKNOWN, second = UNKNOWN): string {
  return `${first} / ${second}`;
}
