import { string } from '@oclif/core/flags';
import { publishAddressFlag } from './publish-address-flag.ts';
import { runFlags } from './run-flags.ts';

const many = { multiple: true, multipleNonGreedy: true } as const;

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
  publish: string({
    ...many,
    char: 'p',
    description: 'Publish a port too, such as 5000:80, :80 (the same one), 80 (a free one).',
    helpValue: '[[ADDRESS:]PORT:]PORT[/udp]',
  }),
  unpublish: string({
    ...many,
    description: 'Publish a port no more: 80 wherever it is, 5000:80 at that port of the machine alone.',
    helpValue: '[[ADDRESS:]PORT:]PORT[/udp]',
  }),
  ...publishAddressFlag,
};
