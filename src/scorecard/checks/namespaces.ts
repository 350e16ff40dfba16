import type { SecurityCheck } from '../check.ts';
import type { HostSide } from '../host-side.ts';
import { read, readLink } from '../question.ts';

const purposes: readonly (readonly [name: string, points: number, reason: string])[] = [
  ['mnt', 1, 'mounts of the host are seen, and can be changed where rights allow it'],
  ['pid', 1, 'processes of the host are seen, and can be ended by who has the same user'],
  ['net', 1, 'sockets of the host, its abstract ones too, and what listens on loopback only'],
  ['ipc', 1, 'shared memory and queues of the host by their numbers'],
  ['uts', 1, 'the name of the host'],
  ['cgroup', 1, 'paths of the host in /proc/self/cgroup, and its hierarchies in new mounts'],
];

/** What the container has to itself. */
export function namespaceChecks(host: HostSide): SecurityCheck[] {
  return [
    {
      group: 'namespaces',
      name: 'root is not root outside',
      points: 5,
      reason: 'whoever gets out is root of the host, and so is every file that a mount shows',
      questions: [read('/proc/self/uid_map')],
      weakness([answer]) {
        const ranges = (answer?.bytes.toString() ?? '').trim().split('\n');
        const root = ranges.map((range) => range.trim().split(/\s+/)).find(([inside]) => inside === '0');
        return root === undefined || root[1] === '0' ? 'user 0 is user 0' : undefined;
      },
    },
    ...purposes.map(
      ([name, points, reason]): SecurityCheck => ({
        group: 'namespaces',
        name: `own ${name} namespace`,
        points,
        reason,
        questions: [readLink(`/proc/self/ns/${name}`)],
        weakness([answer]) {
          const link = answer?.bytes.toString() ?? '';
          if (link === '') return 'it cannot be told';
          return link === host.namespaces.get(name) ? 'that of the host' : undefined;
        },
      }),
    ),
    {
      group: 'namespaces',
      name: 'own host name',
      points: 1,
      reason: 'the name of a machine tells what it is for',
      questions: [read('/proc/sys/kernel/hostname')],
      weakness: ([answer]) =>
        answer?.bytes.toString().trim() === host.hostname ? 'that of the host' : undefined,
    },
  ];
}
