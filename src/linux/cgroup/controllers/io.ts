import { deviceComplaints, numberOf, readSharing, weightComplaints } from './block-devices.ts';
import { type CgroupController, given, known, type LimitComplaint, write } from './controller.ts';

/** As the container file, v1 and v2 call them. */
const rates = [
  ['readRate', 'blkio.throttle.read_bps_device', 'rbps'],
  ['writeRate', 'blkio.throttle.write_bps_device', 'wbps'],
  ['readOperations', 'blkio.throttle.read_iops_device', 'riops'],
  ['writeOperations', 'blkio.throttle.write_iops_device', 'wiops'],
] as const;

/**
 * Reading from and writing to block devices: weights among those that want a disk's time, and limits of
 * single disks. A weight of 200 is written as 200 whoever shares the time, since it is the proportion that
 * counts. blkio.weight of v1 is not there any more since Linux 5.0.
 */
export const io: CgroupController = {
  names: { 1: 'blkio', 2: 'io' },
  always: () => false,

  fields: ({ io }) => [
    ...given({ 'resources.io.weight': io?.weight }),
    ...(io?.devices ?? []).map((_, index) => `resources.io.devices[${index}]`),
  ],

  complaints: ({ io = { devices: [] } }, tree): LimitComplaint[] => [
    ...weightComplaints(io.weight, tree).map((words) => ({ path: 'resources.io.weight', ...words })),
    ...io.devices.flatMap((device, index) =>
      deviceComplaints(device, io.devices.slice(0, index), tree).map(({ key, ...words }) => ({
        path: `resources.io.devices[${index}].${key}`,
        ...words,
      })),
    ),
  ],

  v1: ({ io = { devices: [] } }, tree) => ({
    writes: [
      ...write('blkio.bfq.weight', io.weight),
      ...io.devices.flatMap((device) => {
        const number = numberOf(device, tree);
        const limits = [['weight', 'blkio.bfq.weight_device'], ...rates] as const;
        return limits.flatMap(([key, file]) => write(file, after(number, device[key])));
      }),
    ],
    remarks: io.devices.flatMap(({ writeRate, writeOperations }, index) => {
      if (writeRate === undefined && writeOperations === undefined) return [];
      const message = 'writes that the page cache does later are not limited: cgroup v1 does not count them';
      return [{ path: `resources.io.devices[${index}]`, message }];
    }),
  }),

  v2: ({ io = { devices: [] } }, tree) => {
    const sharing =
      io.weight === undefined && io.devices.every(({ weight }) => weight === undefined)
        ? { bfq: [], cost: [] }
        : readSharing(tree);
    const shared = [
      ['io.bfq.weight', sharing.bfq],
      ['io.weight', sharing.cost],
    ] as const;
    return {
      writes: [
        ...shared.flatMap(([file, disks]) => (disks.length === 0 ? [] : write(file, io.weight))),
        ...io.devices.flatMap((device) => {
          const number = numberOf(device, tree);
          const limits = rates.flatMap(([key, , name]) => write(name, device[key]));
          const all = limits.map(({ file, value }) => `${file}=${value}`).join(' ');
          return [
            ...shared.flatMap(([file, disks]) =>
              disks.includes(number) ? write(file, after(number, device.weight)) : [],
            ),
            ...write('io.max', after(number, all || undefined)),
          ];
        }),
      ],
    };
  },

  lift: ({ file, value }) => {
    const [number = ''] = value.split(' ');
    if (file === 'io.max') return `${number} rbps=max wbps=max riops=max wiops=max`;
    if (file.startsWith('blkio.throttle.')) return `${number} 0`;
    return number.includes(':') ? `${number} default` : '100';
  },

  usage: {
    2: (read) => {
      const text = read('io.stat');
      return known({ read: sum(text, /\brbytes=(\d+)/g), written: sum(text, /\bwbytes=(\d+)/g) });
    },
  },
};

/** The sum over all disks of the numbers in such words. */
function sum(text: string | undefined, words: RegExp): number | undefined {
  const numbers = [...(text ?? '').matchAll(words)].map(([, number]) => Number(number));
  return text === undefined ? undefined : numbers.reduce((total, number) => total + number, 0);
}

function after(number: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${number} ${value}`;
}
