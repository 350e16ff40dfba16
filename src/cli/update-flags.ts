import { string } from '@oclif/core/flags';
import { runFlags } from './run-flags.ts';

/** Those of `sc update`: what can be changed of a container that is there. */
export const updateFlags = {
  memory: runFlags.memory,
  'memory-swap': runFlags['memory-swap'],
  'memory-reservation': runFlags['memory-reservation'],
  cpus: runFlags.cpus,
  'cpu-shares': runFlags['cpu-shares'],
  'cpuset-cpus': runFlags['cpuset-cpus'],
  'cpuset-mems': runFlags['cpuset-mems'],
  'pids-limit': runFlags['pids-limit'],
  'blkio-weight': runFlags['blkio-weight'],
  'blkio-weight-device': runFlags['blkio-weight-device'],
  'device-read-bps': runFlags['device-read-bps'],
  'device-write-bps': runFlags['device-write-bps'],
  'device-read-iops': runFlags['device-read-iops'],
  'device-write-iops': runFlags['device-write-iops'],
  restart: string({
    description: 'no, always, on-failure[:N] or unless-stopped, for what runs in the background.',
    helpValue: 'POLICY',
  }),
};
