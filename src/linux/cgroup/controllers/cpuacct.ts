import { type CgroupController, known, numberIn, numberOfLine } from './controller.ts';

/** How much processor time a container has had, which every group of v2 tells by itself. */
export const cpuacct: CgroupController = {
  names: { 1: 'cpuacct', 2: undefined },
  always: ({ mode }) => mode === 'v1',
  fields: () => [],
  complaints: () => [],
  v1: () => ({ hidden: true, writes: [] }),
  v2: () => ({ hidden: true, writes: [] }),
  lift: () => '',

  usage: {
    1: (read) => {
      const nanoseconds = numberIn(read('cpuacct.usage'));
      return known({ cpuTime: nanoseconds && Math.round(nanoseconds / 1000) });
    },
    2: (read) => known({ cpuTime: numberOfLine(read('cpu.stat'), 'usage_usec') }),
  },
};
