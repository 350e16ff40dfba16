import type { HostFacts } from '../../linux/host-facts.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/** Control groups: how they are mounted, and each controller with what it is for. */
export function cgroupChecks(facts: HostFacts): Check[] {
  const { cgroups } = facts;
  if (cgroups === undefined) return [verdict('control groups', 'none mounted', noCgroups)];
  return [
    verdict('control groups', modeWords(facts), closedGap(facts)),
    ...controllers.map((controller) => controllerCheck(facts, controller)),
    verdict('devices', deviceWords(facts), deviceWords(facts) === 'nothing' ? noDevices : undefined),
    ...swapCheck(facts),
  ];
}

interface Controller {
  name: string;
  /** v1 calls it otherwise. */
  v1?: string;
  /** v2 has it in every group, without a controller. */
  always?: boolean;
  purpose: string;
  status: 'warn' | 'fail';
}

const controllers: readonly Controller[] = [
  { name: 'memory', purpose: 'limits of memory, and who was out of it', status: 'fail' },
  { name: 'pids', purpose: 'limits of processes, against fork bombs', status: 'fail' },
  { name: 'cpu', purpose: 'shares and quotas of processor time', status: 'warn' },
  { name: 'cpuset', purpose: 'which processors a container runs on', status: 'warn' },
  { name: 'io', v1: 'blkio', purpose: 'shares and limits of disks', status: 'warn' },
  { name: 'hugetlb', purpose: 'limits of huge pages', status: 'warn' },
  { name: 'freezer', always: true, purpose: 'pausing', status: 'warn' },
];

const noCgroups: Shortcoming = {
  status: 'fail',
  meaning: 'no limit can be held to, and what a container leaves cannot be found',
  remedy: 'mount -t cgroup2 none /sys/fs/cgroup',
};

const noDevices: Shortcoming = {
  status: 'warn',
  meaning: 'only capabilities keep containers from devices: CAP_MKNOD and security.devices are refused',
  remedy: 'a kernel with CONFIG_CGROUP_BPF, or the devices controller of v1 mounted',
};

function modeWords({ cgroups, closedHierarchies }: HostFacts): string {
  const [closed] = closedHierarchies;
  if (closed !== undefined) return `${cgroups?.mode}, but "${closed.path}" is closed: ${closed.errno}`;
  const delegated = cgroups?.hierarchies.find(({ delegated }) => delegated !== undefined)?.delegated;
  return delegated === undefined ? (cgroups?.mode ?? '') : `${cgroups?.mode}, below "${delegated.path}"`;
}

function closedGap({ closedHierarchies: [closed] }: HostFacts): Shortcoming | undefined {
  if (closed === undefined) return undefined;
  return {
    status: 'fail',
    meaning: 'no group of a container can be made there',
    remedy:
      closed.errno === 'EROFS'
        ? 'in an outer container, one whose control groups are its own and can be written to'
        : 'run sc as root, or have the tree delegated (Delegate=yes of systemd)',
  };
}

function controllerCheck({ cgroups }: HostFacts, controller: Controller): Check {
  const { name, purpose, status } = controller;
  const tree = cgroups?.hierarchies.find(({ version, controllers }) =>
    controllers.includes(version === 1 ? (controller.v1 ?? name) : name),
  );
  const title = `${name} controller`;
  if (tree !== undefined) return verdict(title, `v${tree.version}: ${purpose}`);
  if (controller.always && cgroups?.mode === 'v2') return verdict(title, `v2: ${purpose}`);
  return verdict(title, 'missing', {
    status,
    meaning: `not to be had: ${purpose}`,
    remedy: `switch it on: is cgroup_disable=${controller.v1 ?? name} on the command line of the kernel, is the control group of the host without it?`,
  });
}

function deviceWords({ cgroups, deviceFilters }: HostFacts): string {
  if (cgroups?.hierarchies.some(({ controllers }) => controllers.includes('devices'))) {
    return 'v1: lists of the devices that may be opened';
  }
  const hasTree = cgroups?.hierarchies.some(({ version }) => version === 2);
  return hasTree && deviceFilters ? 'v2: programs that say which may be opened' : 'nothing';
}

function swapCheck({ cgroups }: HostFacts): Check[] {
  // Where memory is not counted, swap is neither.
  if (!cgroups?.hierarchies.some(({ controllers }) => controllers.includes('memory'))) return [];
  if (cgroups.accountsSwap) return [verdict('swap', 'counted for each container')];
  return [
    verdict('swap', 'not counted', {
      status: 'warn',
      meaning: 'swap is not counted for each container, so that memorySwap cannot be held to',
      remedy: 'swapaccount=1 on the command line of the kernel',
    }),
  ];
}
