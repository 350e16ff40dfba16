import type { CgroupController } from './controller.ts';

/** Makes a container stand still, which every group of v2 can by itself (freezer.ts beside this folder). */
export const freezer: CgroupController = {
  names: { 1: 'freezer', 2: undefined },
  always: ({ mode }) => mode === 'v1',
  fields: () => [],
  complaints: () => [],
  v1: () => ({ hidden: true, writes: [], thaw: { file: 'freezer.state', value: 'THAWED' } }),
  v2: () => ({ hidden: true, writes: [] }),
  lift: () => '',
};
