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
  'ignore-memory-reservation': {
    fault: 'no memory is left to a container where the machine runs short',
    put: otherContainers({ 'resources.memoryReservation': null }),
  },
  'ignore-processors': {
    fault: 'a container has as much processor time as it wants',
    put: otherContainers({ 'resources.cpus': null }),
  },
  'ignore-processor-weight': {
    fault: 'all containers have the same share of processor time',
    put: otherContainers({ 'resources.cpuWeight': null }),
  },
  'ignore-device-limits': {
    fault: 'a container reads from devices and writes to them as it likes',
    put: otherContainers({ 'resources.io': null }),
  },
  'more-huge-pages': {
    fault: 'a container has 8 MiB in huge pages',
    put: otherContainers({ 'resources.hugetlb': { '2Mi': '8Mi' } }),
  },
};
