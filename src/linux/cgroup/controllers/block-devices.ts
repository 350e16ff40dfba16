import type { CgroupResources } from '../cgroup.ts';
import type { ControllerTree, LimitComplaint } from './controller.ts';

type IoDevice = NonNullable<CgroupResources['io']>['devices'][number];

/** The scheduler bfq takes no greater weight. */
const BFQ_MAXIMUM = 1000;

/** Numbers of the disks whose time is shared by weight, by what shares it. */
interface Sharing {
  bfq: readonly string[];
  /** The cost model of v2, which a host switches on for each disk. */
  cost: readonly string[];
}

/** Without one of these a weight would be written and change nothing. */
export function readSharing({ hierarchy, look }: ControllerTree): Sharing {
  const disks = look.list('/sys/block').map((name) => `/sys/block/${name}`);
  const ofBfq = disks.filter((disk) => look.read(`${disk}/queue/scheduler`)?.includes('[bfq]'));
  const cost = hierarchy.version === 2 ? (look.read(`${hierarchy.path}/io.cost.qos`) ?? '') : '';
  return {
    bfq: ofBfq.flatMap((disk) => look.read(`${disk}/dev`)?.trim() ?? []),
    cost: [...cost.matchAll(/^(\d+:\d+) .*\benable=1\b/gm)].map(([, number = '']) => number),
  };
}

/** `8:0`; empty for what is no block device, of which there are complaints. */
export function numberOf({ path }: IoDevice, { look }: ControllerTree): string {
  const device = look.blockDevice(path);
  return 'number' in device ? device.number : '';
}

/** What is wrong with a device that `earlier` ones stand before. */
export function deviceComplaints(
  device: IoDevice,
  earlier: readonly IoDevice[],
  tree: ControllerTree,
): (Pick<LimitComplaint, 'message' | 'expected'> & { key: keyof IoDevice })[] {
  const { path, weight } = device;
  const expected = 'a block device of this host, such as those in /sys/block';
  const found = tree.look.blockDevice(path);
  if ('problem' in found) return [{ key: 'path', message: `"${path}": ${found.problem}`, expected }];
  // The kernel limits whole disks (block/blk-cgroup.c, blkg_conf_open_bdev).
  if (tree.look.read(`/sys/dev/block/${found.number}/partition`) !== undefined)
    return [{ key: 'path', message: `"${path}" is a partition`, expected: 'the disk that it is on' }];
  const same = earlier.find((other) => numberOf(other, tree) === found.number);
  if (same !== undefined) {
    const message = `"${path}" is the same device as "${same.path}"`;
    return [{ key: 'path', message, expected: 'each device once' }];
  }
  return [
    ...weightComplaints(weight, tree, found.number).map((words) => ({ key: 'weight' as const, ...words })),
    // Of v2 the kernel takes no 1 (block/blk-throttle.c, tg_set_limit).
    ...(['readRate', 'writeRate', 'readOperations', 'writeOperations'] as const)
      .filter((key) => tree.hierarchy.version === 2 && device[key] === 1)
      .map((key) => ({ key, message: 'cgroup v2 takes no limit of 1', expected: 'at least 2' })),
  ];
}

/** Why a weight would not be held to: on one disk, or on none of all. */
export function weightComplaints(
  weight: number | undefined,
  tree: ControllerTree,
  number?: string,
): { message: string; expected: string }[] {
  if (weight === undefined) return [];
  const { bfq, cost } = readSharing(tree);
  const isAmong = (numbers: readonly string[]) =>
    number === undefined ? numbers.length > 0 : numbers.includes(number);
  if (isAmong(bfq)) {
    const message = `the scheduler bfq takes no weight of ${weight}`;
    return weight > BFQ_MAXIMUM ? [{ message, expected: `at most ${BFQ_MAXIMUM}` }] : [];
  }
  if (isAmong(cost)) return [];
  const what = number === undefined ? 'no disk of this host shares' : 'this disk does not share';
  return [
    {
      message: `${what} its time by weight`,
      expected: 'bfq in /sys/block/DISK/queue/scheduler, or no weight',
    },
  ];
}
