import {
  type CgroupController,
  type GroupUsage,
  given,
  known,
  numberIn,
  type ReadGroupFile,
  write,
} from './controller.ts';

const unlimited = -1;

/** Processes and threads. Its file is the same in both versions, and the kernel takes every number. */
export const pids: CgroupController = {
  names: { 1: 'pids', 2: 'pids' },
  always: () => true,
  fields: ({ pids }) => given({ 'resources.pids': limit(pids) }),
  complaints: () => [],
  v1: ({ pids }) => ({ writes: write('pids.max', limit(pids)) }),
  v2: ({ pids }) => ({ writes: write('pids.max', limit(pids)) }),
  lift: () => 'max',
  usage: { 1: usage, 2: usage },
};

function usage(read: ReadGroupFile): GroupUsage {
  return known({ pids: numberIn(read('pids.current')), pidsLimit: numberIn(read('pids.max')) });
}

function limit(pids: number): number | undefined {
  return pids === unlimited ? undefined : pids;
}
