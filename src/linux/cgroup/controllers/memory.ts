import type { CgroupResources } from '../cgroup.ts';
import {
  type CgroupController,
  given,
  known,
  type LimitComplaint,
  numberIn,
  numberOfLine,
  write,
} from './controller.ts';

/** Less does not start a program; docker's number. */
const minimum = 6 * 1024 * 1024;

/** Without limit, in the container's spec. */
const unlimited = -1;

/**
 * Memory, and memory and swap together. Its group is there without a limit too: it tells of an OOM kill.
 * memory.oom.group of v2 stays 0: the kernel kills the one process that is too large, as on v1, so that a
 * server outlives its worker and a container behaves alike on every host.
 */
export const memory: CgroupController = {
  names: { 1: 'memory', 2: 'memory' },
  always: () => true,

  fields: ({ memory, memorySwap, memoryReservation }) =>
    given({
      'resources.memory': memory,
      'resources.memorySwap': memorySwap === unlimited ? undefined : memorySwap,
      'resources.memoryReservation': memoryReservation,
    }),

  complaints: (resources, { accountsSwap }) => {
    const { memory, memorySwap } = resources;
    const wrong = contradictions(resources);
    if (wrong.length > 0 || accountsSwap || !limitsSwap(resources)) return wrong;
    // Twice the memory is what one gets without a word; that it is not counted is a remark then.
    if (memorySwap === 2 * (memory ?? 0)) return [];
    return [
      {
        path: 'resources.memorySwap',
        message: 'this kernel does not count swap per group',
        expected: 'swapaccount=1 on the command line of the kernel, or no limit of memory and swap together',
      },
    ];
  },

  /** In such an order: the kernel refuses a limit of memory and swap that is below the one of memory. */
  v1: (resources, { accountsSwap, now }) => {
    const sum = accountsSwap ? together(resources) : undefined;
    const alone = write('memory.limit_in_bytes', resources.memory);
    const both = write('memory.memsw.limit_in_bytes', sum);
    const grows = sum !== undefined && sum > (numberIn(now?.('memory.memsw.limit_in_bytes')) ?? NO_LIMIT);
    return {
      writes: [
        ...(grows ? [...both, ...alone] : [...alone, ...both]),
        ...write('memory.soft_limit_in_bytes', resources.memoryReservation),
      ],
      oom: 'memory.oom_control',
      remarks: remarks(resources, accountsSwap),
    };
  },

  v2: (resources, { accountsSwap, now }) => {
    const sum = accountsSwap ? together(resources) : undefined;
    const max = now === undefined ? 0 : (numberIn(now('memory.max')) ?? Number.POSITIVE_INFINITY);
    const shrinks = resources.memory !== undefined && resources.memory < max;
    return {
      writes: [
        ...write('memory.max', resources.memory).map((limit) => (shrinks ? { ...limit, room } : limit)),
        ...write('memory.swap.max', sum === undefined ? undefined : sum - (resources.memory ?? 0)),
        ...write('memory.low', resources.memoryReservation),
      ],
      oom: 'memory.events',
      remarks: remarks(resources, accountsSwap),
    };
  },

  lift: ({ file }) => (file.startsWith('memory.low') ? '0' : file.endsWith('_in_bytes') ? '-1' : 'max'),

  usage: {
    1: (read) => {
      const limit = numberIn(read('memory.limit_in_bytes')) ?? NO_LIMIT;
      return known({
        memory: active(read('memory.usage_in_bytes'), read('memory.stat'), 'total_inactive_file'),
        memoryLimit: limit < NO_LIMIT ? limit : undefined,
      });
    },
    2: (read) =>
      known({
        memory: active(read('memory.current'), read('memory.stat'), 'inactive_file'),
        memoryLimit: numberIn(read('memory.max')),
      }),
  },
};

/** A limit below what is in use kills at once (memory.max); above memory.high the kernel only takes back. */
const room = { used: 'memory.current', squeeze: 'memory.high' };

/** v1 says the greatest number of its pages for no limit (include/linux/page_counter.h); no machine has as much. */
const NO_LIMIT = 2 ** 60;

/** Pages of files that were not used for a while are taken back first, and are nobody's need. */
function active(total: string | undefined, stat: string | undefined, inactive: string): number | undefined {
  const bytes = numberIn(total);
  return bytes && Math.max(0, bytes - (numberOfLine(stat, inactive) ?? 0));
}

function limitsSwap({ memory, memorySwap }: CgroupResources): boolean {
  return memory !== undefined && memorySwap !== undefined && memorySwap !== unlimited;
}

/** Bytes of memory and swap together; undefined where they are not limited. */
function together({ memory, memorySwap }: CgroupResources): number | undefined {
  if (memory === undefined || memorySwap === unlimited) return undefined;
  return memorySwap ?? 2 * memory;
}

function remarks(resources: CgroupResources, accountsSwap: boolean) {
  if (accountsSwap || together(resources) === undefined) return [];
  const message = 'memory is limited, swap is not: this kernel does not count swap per group';
  return [{ path: 'resources.memory', message }];
}

function contradictions({ memory, memorySwap, memoryReservation }: CgroupResources): LimitComplaint[] {
  const wrong: LimitComplaint[] = [];
  const complain = (path: string, message: string, expected: string) =>
    wrong.push({ path: `resources.${path}`, message, expected, isUsage: true });
  if (memory === undefined) {
    if (memorySwap !== undefined && memorySwap !== unlimited)
      complain('memorySwap', 'memory and swap are limited together', 'a limit of memory beside it');
    return wrong;
  }
  if (memory < minimum)
    complain('memory', `${memory} bytes do not start a program`, `at least ${minimum} (6Mi)`);
  if (memorySwap !== undefined && memorySwap !== unlimited && memorySwap < memory)
    complain('memorySwap', `${memorySwap} bytes are less than memory alone has`, `at least ${memory}`);
  if (memoryReservation !== undefined && memoryReservation > memory)
    complain('memoryReservation', `${memoryReservation} bytes are more than the memory`, `at most ${memory}`);
  return wrong;
}
