import { parseLimits } from '../../linux/rlimits.ts';
import { EPERM, ETXTBSY, type SecurityCheck } from '../check.ts';
import type { HostSide } from '../host-side.ts';
import { call, entryNames, inTurn, list, open, read, readLink, text, threads } from '../question.ts';

const KEYCTL_GET_KEYRING_ID = 0;
const KEY_SPEC_SESSION_KEYRING = -3;
const SYSLOG_ACTION_SIZE_BUFFER = 10;
const O_WRONLY = 1;

/** A fork bomb is to end before it; more than any default that limits at all. */
const MANY = 2304;

/** What is left of the side from which the container was entered. */
export function hostChecks(host: HostSide): SecurityCheck[] {
  const path = host.marker.path;
  const below = path.slice(1);
  return [
    {
      group: 'host',
      name: 'files of the host',
      points: 3,
      reason: 'everything, if the old root filesystem can still be reached',
      questions: [
        ...[path, `/proc/1/root${path}`, `/proc/1/cwd${path}`, `/proc/self/cwd/../../../../../..${path}`].map(
          read,
        ),
        // A root that was only set by chroot(2) is left by the same call.
        inTurn(call('chroot', text('/proc')), call('chdir', text('../../../../../../../..')), read(below)),
        ...Array.from({ length: 4 }, (_, index) => read(`/proc/self/fd/${index + 3}/${host.marker.name}`)),
      ],
      weakness: (answers) =>
        answers.some(({ bytes }) => bytes.toString() === host.marker.text) ? 'they can be read' : undefined,
    },
    {
      group: 'host',
      name: 'no more descriptors than 0 to 2',
      points: 2,
      reason: 'an open directory of the host leads to all of the others',
      questions: [list('/proc/self/fd')],
      weakness([answer]) {
        // One is the look itself.
        const count = answer === undefined ? 0 : entryNames(answer).length - 4;
        return count <= 0 ? undefined : `${count} more`;
      },
    },
    {
      group: 'host',
      name: 'no variables of the host',
      points: 1,
      reason: 'tokens stand in the environment of those who start containers',
      questions: [read('/proc/self/environ')],
      weakness: ([answer]) =>
        answer?.bytes.toString().includes(host.variable) ? 'the environment is passed on' : undefined,
    },
    {
      group: 'host',
      name: 'no program of the host as process 1',
      points: 2,
      reason: 'it can be overwritten through /proc/1/exe as soon as it has ended',
      questions: [readLink('/proc/1/exe'), open('/proc/1/exe', O_WRONLY)],
      weakness([link, writing]) {
        const program = link?.bytes.toString() ?? '';
        return program !== host.program && writing?.result === ETXTBSY ? program || 'it is' : undefined;
      },
    },
    {
      group: 'host',
      name: 'own session keyring',
      points: 1,
      reason: "keys in the caller's keyring, of encrypted disks and shares",
      questions: [call('keyctl', KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0, 0, 0)],
      weakness: ([answer]) => (answer?.result === host.sessionKeyring ? 'that of the host' : undefined),
    },
    {
      group: 'host',
      name: 'the kernel log is closed',
      points: 1,
      reason: 'addresses of the kernel, and what happens in other containers',
      questions: [call('syslog', SYSLOG_ACTION_SIZE_BUFFER, 0, 0)],
      weakness: ([answer]) => ((answer?.result ?? EPERM) >= 0 ? 'it can be read' : undefined),
    },
  ];
}

/** What a container can take from its neighbours. */
export const limitChecks: readonly SecurityCheck[] = [
  {
    group: 'limits',
    name: 'a limit of processes',
    points: 3,
    reason: 'a fork bomb takes the host with it',
    questions: [threads(MANY)],
    weakness: ([answer]) => ((answer?.result ?? 0) >= MANY ? `none below ${MANY}` : undefined),
  },
  {
    group: 'limits',
    name: 'rlimits of its own',
    points: 1,
    reason: 'without a bound of open files programs take the memory of the kernel; dumps hold secrets',
    questions: [read('/proc/self/limits')],
    weakness([answer]) {
      const limits = parseLimits(answer?.bytes.toString() ?? '');
      const files = limits.get('nofile')?.hard ?? -1;
      const weak = [
        ...(files === -1 || files > 1_048_576 ? ['nofile'] : []),
        ...(limits.get('core')?.soft === 0 ? [] : ['core']),
      ];
      return weak.length === 0 ? undefined : weak.join(' ');
    },
  },
];
