import { describe, expect, test, vi } from 'vitest';
import { explain } from '../../../src/backend/native/program/explain.ts';
import type { HostView, RenderRequest } from '../../../src/backend/native/render/input.ts';
import { renderContainer } from '../../../src/backend/native/render/keeper.ts';
import { renderSmallInit } from '../../../src/backend/native/render/small-init.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { etcFiles } from '../../../src/operations/etc-files.ts';
import type { ContainerSpec } from '../../../src/schema/container-spec.ts';
import { spec } from '../../support/containers.ts';

/** A host with control groups version 2 only. */
const host: HostView = {
  cgroups: {
    parents: [
      { path: '/sys/fs/cgroup/sc', files: [{ file: 'cgroup.subtree_control', value: '+memory +pids' }] },
    ],
    groups: [
      {
        path: '/sys/fs/cgroup/sc/0000',
        hierarchy: 'unified',
        writes: [
          { file: 'memory.max', value: '67108864' },
          { file: 'pids.max', value: '2048' },
        ],
        procsFile: 'cgroup.procs',
        oom: 'memory.events',
      },
    ],
    mounts: [{ name: '', type: 'cgroup2', options: [] }],
    remarks: [],
  },
  seccompFilter: Buffer.alloc(16),
  rights: 0x1ff_ffff_ffffn,
  lastCapability: 40,
  rlimits: [{ name: 'nofile', resource: 7, soft: 1024, hard: 4096, isRaised: false }],
  oomScore: undefined,
  confinement: {},
  devices: [],
  sourceKind: () => 'directory',
};

function request(changes: Parameters<typeof spec>[1] = {}, more: Partial<RenderRequest> = {}): RenderRequest {
  const container: ContainerSpec = { ...spec(['sh', '-c', 'echo hello'], changes), id: '0'.repeat(64) };
  return {
    container,
    rootfs: {
      mounts: [
        { type: 'overlay', target: '/', lower: ['/image'], upper: '/store/upper', work: '/store/work' },
        { type: 'overlay', target: '/usr', lower: ['/usr'], upper: '/store/usr', work: '/store/usr-work' },
      ],
    },
    identity: { uid: 1000, gid: 1000, groups: [29], home: '/home/user' },
    environment: ['PATH=/usr/bin:/bin', 'GREETING=hi'],
    etc: etcFiles(container),
    ...more,
  };
}

const words = (...args: Parameters<typeof request>) => explain(renderContainer(request(...args), host));

/** As it reads where sc runs on that processor. */
async function wordsOn(processor: string, ...args: Parameters<typeof request>): Promise<string[]> {
  const { arch } = process;
  Object.defineProperty(process, 'arch', { value: processor });
  vi.resetModules();
  try {
    const { renderContainer } = await import('../../../src/backend/native/render/keeper.ts');
    const { explain } = await import('../../../src/backend/native/program/explain.ts');
    return explain(renderContainer(request(...args), host));
  } finally {
    Object.defineProperty(process, 'arch', { value: arch });
    vi.resetModules();
  }
}

const position = (lines: string[], text: string) => lines.findIndex((line) => line.includes(text));

describe('the program of a container', () => {
  test('reads like this', async () => {
    const more = { recordDirectory: '/store/record', onAbandoned: ['/usr/bin/node', 'recover'] };
    expect((await wordsOn('x64', {}, more)).join('\n')).toMatchSnapshot();
  });

  test('with a user namespace and a bind mount reads like this', async () => {
    const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
    const bind = { type: 'bind', source: '/data', target: '/data', readOnly: true } as const;
    expect(
      (await wordsOn('x64', { security: { userNamespace }, mounts: [bind] })).join('\n'),
    ).toMatchSnapshot();
  });

  test('differs on arm64 in the numbers and in two flags only', async () => {
    const more = { recordDirectory: '/store/record', onAbandoned: ['/usr/bin/node', 'recover'] };
    const changes = { terminal: { tty: true } };
    const [x64, arm64] = [await wordsOn('x64', changes, more), await wordsOn('arm64', changes, more)];
    const flags = /0x[0-9a-f]+/g;
    expect(arm64.map((line) => line.replace(flags, '?'))).toEqual(
      x64.map((line) => line.replace(flags, '?')),
    );
    const opened = (lines: string[]) => lines.find((line) => line.includes('"/store/record"'));
    expect([opened(x64), opened(arm64)].map((line) => line?.match(flags))).toEqual([
      ['0x90000'],
      ['0x84000'],
    ]);
  });

  test('lets the keeper raise the limits of an init that has no rights on the host', () => {
    const security = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };
    const rlimits = [{ name: 'nofile', resource: 7, soft: 1024, hard: 4096, isRaised: true }];
    const lines = explain(renderContainer(request({ security }), { ...host, rlimits }));
    const raised = position(lines, 'raise limit nofile of init');
    expect(raised).toBeGreaterThan(position(lines, 'the keeper goes on:'));
    expect(raised).toBeLessThan(position(lines, 'hand the mounts to init'));
    expect(words({ security }).join('')).not.toContain('raise limit');
  });

  test('with a terminal and mounts reads like this', async () => {
    const mounts = [
      { type: 'bind' as const, source: '/data', target: '/var/data', readOnly: true },
      { type: 'tmpfs' as const, target: '/scratch', size: 4096, mode: 0o1777, readOnly: false },
    ];
    expect((await wordsOn('x64', { terminal: { tty: true }, mounts })).join('\n')).toMatchSnapshot();
  });

  test('is the same bytes each time, so that equal containers start alike', () => {
    const bytes = () => renderContainer(request(), host).bytes;
    expect(bytes().equals(bytes())).toBe(true);
  });

  test('joins the control groups before it unshares their namespace', () => {
    const lines = words();
    expect(position(lines, 'join a control group')).toBeLessThan(
      position(lines, 'unshare the cgroup namespace'),
    );
  });

  test('drops in an order that the kernel allows, the filter last', () => {
    const lines = words();
    const order = [
      'from the bounding set',
      'set the groups',
      'become group',
      'become user',
      'no_new_privs',
      'die with the keeper',
      'system call filter',
      'execute "sh"',
    ];
    // Dying with the keeper is asked for at the beginning too.
    const positions = order.map((text) => lines.findLastIndex((line) => line.includes(text)));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(positions).not.toContain(-1);
  });

  test('loads the filter before it gives up the right to, without no_new_privs', () => {
    const lines = words({ security: { noNewPrivileges: false } });
    expect(position(lines, 'system call filter')).toBeLessThan(position(lines, 'from the bounding set'));
    expect(position(lines, 'no_new_privs')).toBe(-1);
  });

  test('copies secrets from file to file, so that it never holds them', () => {
    const secrets = [{ name: 'key', source: '/host/key', target: '/run/secrets/key', mode: 0o400 }];
    const lines = words({ security: { secrets } }).filter((line) => line.includes('read secret "key"'));
    const calls = lines.flatMap((line) => /": (\w+)\(/.exec(line)?.[1] ?? []);
    expect(calls).toEqual(['openat', 'openat', 'sendfile', 'fail', 'sendfile', 'fail', 'fchown']);
    expect(position(words(), 'secret')).toBe(-1);
  });

  test('attaches what masks are copies of, which Linux before 6.15 asks for', () => {
    const lines = words();
    const copied = lines.findIndex((line) => /mask \/.*open_tree/.test(line));
    expect(position(lines, 'an empty directory for masks: move_mount')).toBeLessThan(copied);
    expect(position(lines, 'an empty directory for masks: move_mount')).not.toBe(-1);
  });

  test.each([
    ['asked, and killed later', 10_000, 'timerfd_create timerfd_settime ask timerfd_settime kill'],
    ['killed at once', 0, 'timerfd_create timerfd_settime kill'],
    ['asked', -1, 'timerfd_create timerfd_settime ask'],
  ])('with a deadline it is %s', (_, stopTimeout, expected) => {
    const signals = { stopTimeout };
    const steps = (monitor: { timeout?: number }) =>
      words({ monitor, signals }).flatMap(
        (line) => /timerfd_\w+|(?:ask|kill)(?= init .*at the deadline)/.exec(line) ?? [],
      );
    expect(steps({ timeout: 1500 }).join(' ')).toBe(expected);
    expect(steps({})).toEqual([]);
  });

  test('of a small init has nothing but what the container may know, and lets go of the keeper first', () => {
    const changes = { terminal: { tty: true } };
    const more = { recordDirectory: '/store/record', onAbandoned: ['/usr/bin/node', 'recover'] };
    const lines = explain(renderSmallInit(request(changes, more)));
    expect(lines.join('\n')).toMatchSnapshot();
    const bytes = renderSmallInit(request(changes, more)).bytes.toString('latin1');
    for (const path of ['/store', '/image', '/sys', 'node']) expect(bytes).not.toContain(path);
    expect(position(lines, 'leave the keeper')).toBeLessThan(position(lines, 'let the program begin'));
    expect(position(lines, 'wait for the beginning')).toBeLessThan(position(lines, 'execute "sh"'));
  });

  test('with a small init differs in what it makes for it alone', async () => {
    const plain = await wordsOn('x64');
    const withInit = await wordsOn('x64', { monitor: { init: true } });
    const steps = (lines: string[]) => lines.map((line) => line.replace(/^ *\d+ |#\d+/g, ''));
    const more = steps(withInit).filter((line) => !steps(plain).includes(line));
    const less = steps(plain).filter((line) => !steps(withInit).includes(line));
    expect(
      [...less.map((line) => `-${line}`), ...more.map((line) => `+${line}`)].join('\n'),
    ).toMatchSnapshot();
  });

  test('has no more entries for another mount than that mount takes', () => {
    const mounts = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        type: 'bind' as const,
        source: '/data',
        target: `/m${index}`,
        readOnly: false,
      }));
    const size = (count: number) => renderContainer(request({ mounts: mounts(count) }), host).labels.length;
    expect(size(2000) - size(1000)).toBe(1000 * (size(2) - size(1)));
  });
});
