import { otherContainers } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** How much of the machine a container has. */
export const limits: Mutants = {
  'ignore-memory-limit': {
    fault: 'a container has as much memory as it wants',
    put: otherContainers({ 'resources.memory': null, 'resources.memorySwap': null }),
  },
  'ignore-pids-limit': {
    fault: 'a container has as many processes as it wants',
    put: otherContainers({ 'resources.pids': 'unlimited' }),
  },
  'ignore-rlimits': {
    fault: 'limits of getrlimit(2) are not set',
    put: otherContainers({ 'resources.rlimits': null }),
  },
  'ignore-shm-size': {
    fault: '/dev/shm has the default size',
    put: otherContainers({ 'resources.shm': null }),
  },
  'ignore-oom-score': {
    fault: 'oomScoreAdjust is not set',
    put: otherContainers({ 'resources.oomScoreAdjust': null }),
  },
};
