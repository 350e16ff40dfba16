import { describe, expect, test } from 'vitest';
import type { SecurityCheck } from '../../src/scorecard/check.ts';
import { questionsOf, securityChecks } from '../../src/scorecard/checks.ts';
import { firstDisk, type HostSide } from '../../src/scorecard/host-side.ts';
import type { Answer } from '../../src/scorecard/question.ts';

const host: HostSide = {
  namespaces: new Map(['mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'].map((name) => [name, `${name}:[1]`])),
  hostname: 'machine',
  disk: { major: 254, minor: 0 },
  sessionKeyring: 42,
  marker: { path: '/var/lib/sc/marker', name: 'marker', text: 'secret' },
  variable: 'MARKER=secret',
  program: '/probe',
};
const checks = securityChecks(host);
const EPERM = -1;

const answer = (text: string): Answer => ({ result: text.length, bytes: Buffer.from(text) });
const number = (result: number): Answer => ({ result, bytes: Buffer.alloc(0) });

/** What a container answers in which nothing is weak, by the beginning of the question. */
const strong: readonly (readonly [start: string, answer: Answer])[] = [
  [
    'r s:/proc/self/status',
    answer(
      'CapInh:\t0000000000000000\nCapEff:\t00000000800405fb\nCapBnd:\t00000000800405fb\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n',
    ),
  ],
  ['r s:/proc/self/uid_map', answer('         0     524288      65536\n')],
  ['r s:/proc/sys/kernel/hostname', answer('box\n')],
  ['r s:/proc/self/limits', answer(limits('0', '524288'))],
  [
    'r s:/proc/self/mountinfo',
    answer(
      '1 0 0:1 / / rw - overlay x rw\n2 1 0:2 / /proc rw,nosuid,nodev,noexec - proc proc rw\n3 1 0:3 / /dev rw,nosuid - tmpfs dev rw\n4 3 0:4 / /dev/shm rw,nosuid,nodev,noexec - tmpfs shm rw\n',
    ),
  ],
  ['r s:/proc/self/environ', answer('PATH=/bin\0')],
  ['t ', number(2045)],
];

function ask(
  check: SecurityCheck,
  ...weak: (readonly [start: string, answer: Answer])[]
): string | undefined {
  const answers = check.questions.map((question) => {
    const found = [...weak, ...strong].find(([start]) => question.startsWith(start));
    if (found !== undefined) return found[1];
    return question.includes('/proc/self/ns/') ? answer('own:[2]') : number(EPERM);
  });
  return check.weakness(answers);
}

function limits(core: string, nofile: string): string {
  const names =
    'cpu fsize data stack core rss nproc nofile memlock as locks sigpending msgqueue nice rtprio rttime';
  const lines = names.split(' ').map((name) => {
    const value = name === 'core' ? core : name === 'nofile' ? nofile : 'unlimited';
    return `Max ${name.padEnd(21)} ${value.padEnd(20)} ${value.padEnd(20)} units`;
  });
  return ['Limit', ...lines, ''].join('\n');
}

const named = (name: string): SecurityCheck => {
  const check = checks.find((one) => one.name === name);
  if (check === undefined) throw new Error(`there is no check "${name}"`);
  return check;
};

test('the points are 100 in all, and no name stands twice', () => {
  expect(checks.reduce((sum, { points }) => sum + points, 0)).toBe(100);
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
  expect(Math.max(...checks.map(({ name }) => name.length))).toBeLessThan(36);
});

test('every question is asked once, and all fit into the memory of the probe', () => {
  const questions = questionsOf(checks);
  expect(new Set(questions).size).toBe(questions.length);
  expect(questions.join('\n').length).toBeLessThan(2 ** 16);
});

test('in a container that is closed nothing is weak', () => {
  expect(checks.filter((check) => ask(check) !== undefined).map(({ name }) => name)).toEqual([]);
});

describe('is found:', () => {
  const status = (line: string) =>
    [
      'r s:/proc/self/status',
      answer(`CapEff:\t00000000800405fb\nSeccomp:\t2\nNoNewPrivs:\t1\n${line}\n`),
    ] as const;

  test.each<[string, readonly [string, Answer], string]>([
    ['no CAP_MKNOD', ['r s:/proc/self/status', answer('CapEff:\t0000000008000000\n')], 'held'],
    [
      'no capability over the host',
      ['r s:/proc/self/status', answer('CapEff:\t0000000000200000\n')],
      'SYS_ADMIN',
    ],
    ['bounding set no larger', status('CapBnd:\t0000000080240dfb'), 'SYS_ADMIN'],
    ['inheritable set empty', status('CapInh:\t0000000000000001'), 'CHOWN'],
    ['ambient set empty', status('CapAmb:\t0000000000000001'), 'CHOWN'],
    ['no_new_privs', ['r s:/proc/self/status', answer('NoNewPrivs:\t0\n')], 'off'],
    ['a filter of system calls', ['r s:/proc/self/status', answer('Seccomp:\t0\n')], 'none'],
    ['root is not root outside', ['r s:/proc/self/uid_map', answer('0 0 4294967295\n')], 'user 0'],
    ['own pid namespace', ['n', answer('pid:[1]')], 'that of the host'],
    ['own net namespace', ['n', number(-2)], 'it cannot be told'],
    ['own host name', ['r s:/proc/sys/kernel/hostname', answer('machine\n')], 'that of the host'],
    ['/proc/keys', ['r s:/proc/keys', answer('a key')], '/proc/keys'],
    ['/proc/sys', ['n', number(3)], 'core_pattern'],
    ['control groups', ['n', number(3)], '/sys/fs/cgroup/cgroup.procs'],
    ['flags of /proc', ['r s:/proc/self/mountinfo', answer('1 0 0:1 / /proc rw - proc proc rw\n')], 'noexec'],
    [
      'nothing comes in later',
      ['r s:/proc/self/mountinfo', answer('1 0 0:1 / /data rw master:3 - ext4 x rw\n')],
      '/data',
    ],
    ["the host's disk stays closed", ['n', number(4)], '254:0 can be opened'],
    ['drivers stay closed', ['n', number(4)], 'mem kmsg tun'],
    ['files of the host', ['r s:/proc/1/root', answer('secret')], 'they can be read'],
    ['no variables of the host', ['r s:/proc/self/environ', answer('MARKER=secret\0')], 'passed on'],
    ['own session keyring', ['n', number(42)], 'that of the host'],
    ['the kernel log is closed', ['n', number(262144)], 'it can be read'],
    ['a limit of processes', ['t ', number(2304)], 'none below 2304'],
    [
      'rlimits of its own',
      ['r s:/proc/self/limits', answer(limits('unlimited', 'unlimited'))],
      'nofile core',
    ],
    ['mounts and namespaces', ['n', number(-14)], 'mount umount2'],
    ['user namespaces', ['n', number(0)], 'unshare'],
    ['AF_VSOCK sockets', ['n', number(3)], 'AF_VSOCK'],
    ['clone3', ['n', number(-22)], 'clone3'],
  ])('%s', (name, weak, found) => {
    expect(ask(named(name), weak)).toContain(found);
  });

  test('a program of the host as process 1, unless it is the own or cannot be written', () => {
    const { weakness } = named('no program of the host as process 1');
    const ETXTBSY = -26;
    expect(weakness([answer('/usr/bin/runner'), number(ETXTBSY)])).toBe('/usr/bin/runner');
    expect(weakness([answer('/probe'), number(ETXTBSY)])).toBeUndefined();
    expect(weakness([answer('/usr/bin/runner'), number(-30)])).toBeUndefined();
  });

  test('a filter that kills is closed, one that only knows 64 bits is open', () => {
    const { weakness, questions } = named('the same by 32-bit calls');
    const all = (one: Answer) => weakness(questions.map(() => one));
    expect(all({ result: -1, signal: 31, bytes: Buffer.alloc(0) })).toBeUndefined();
    expect(all(number(EPERM))).toBeUndefined();
    expect(all(number(-14))).toMatch(/^mount umount2 .* more$/);
  });
});

test('the first disk is looked up in the table of the kernel', () => {
  const table = 'major minor  #blocks  name\n\n   8        0  268435456 sda\n   8        1 1 sda1\n';
  expect(firstDisk(table)).toEqual({ major: 8, minor: 0 });
  expect(firstDisk('major minor  #blocks  name\n\n')).toBeUndefined();
});
