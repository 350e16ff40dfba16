import type { CgroupController } from './controller.ts';
import { cpu } from './cpu.ts';
import { cpuacct } from './cpuacct.ts';
import { cpuset } from './cpuset.ts';
import { devices } from './devices.ts';
import { freezer } from './freezer.ts';
import { hugetlb } from './hugetlb.ts';
import { io } from './io.ts';
import { memory } from './memory.ts';
import { pids } from './pids.ts';

/** Every controller that containers are in groups of. */
export const controllers: readonly CgroupController[] = [
  memory,
  cpu,
  cpuacct,
  cpuset,
  io,
  hugetlb,
  pids,
  devices,
  freezer,
];
