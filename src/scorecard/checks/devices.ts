import { inShort, named, type SecurityCheck } from '../check.ts';
import type { HostSide } from '../host-side.ts';
import { AT_FDCWD, call, entryNames, inTurn, list, open, type Question, text } from '../question.ts';

const S_IFCHR = 0o020600;
const S_IFBLK = 0o060600;
const O_NONBLOCK = 0o4000;

/** What every program may expect of /dev, and what runners put there. */
const usual = new Set(
  'null zero full random urandom tty console ptmx pts shm mqueue fd stdin stdout stderr core log initctl hugepages'.split(
    ' ',
  ),
);

const nodes: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['mem', 1, 1],
  ['kmsg', 1, 11],
  ['tun', 10, 200],
  ['fuse', 10, 229],
  ['loop-control', 10, 237],
];

/** Which devices there are, and which can be made and opened. Nothing is read of any, nothing written. */
export function deviceChecks({ disk }: HostSide): SecurityCheck[] {
  return [
    {
      group: 'devices',
      name: 'only harmless ones in /dev',
      points: 1,
      reason: 'every other device is a driver of the host',
      questions: [list('/dev')],
      weakness([answer]) {
        return inShort(answer === undefined ? [] : entryNames(answer).filter((name) => !usual.has(name)));
      },
    },
    {
      group: 'devices',
      name: "the host's disk stays closed",
      points: 3,
      reason: 'all files of the host, past every permission',
      questions: disk === undefined ? [] : tries(S_IFBLK, disk.major, disk.minor),
      weakness: (answers) =>
        answers.some(({ result }) => result >= 0) ? `${disk?.major}:${disk?.minor} can be opened` : undefined,
    },
    {
      group: 'devices',
      name: 'drivers stay closed',
      points: 1,
      reason: 'memory, kernel log, networks and filesystems of its own',
      questions: nodes.flatMap(([, major, minor]) => tries(S_IFCHR, major, minor)),
      weakness: (answers) =>
        named(
          nodes.flatMap(([name]) => [name, name]),
          answers,
          ({ result }) => result >= 0,
        ),
    },
  ];
}

/** In /dev and in the root filesystem, of which one may be read-only and the other have no devices. */
function tries(type: number, major: number, minor: number): Question[] {
  // new_encode_dev of include/linux/kdev_t.h
  const number = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
  return ['/dev', '/tmp'].map((directory) => {
    const path = `${directory}/.sc-probe-${type}-${major}-${minor}`;
    return inTurn(call('mknodat', AT_FDCWD, text(path), type, number), open(path, O_NONBLOCK));
  });
}
