import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import type { MountSpec } from '../../../src/schema/container-spec.ts';
import { mounted } from '../../support/mounted.ts';
import { useBackend, usersOfHost } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

type Bind = MountSpec & { type: 'bind' };
type Tmpfs = MountSpec & { type: 'tmpfs' };

const bind = (source: string, more: Partial<Bind> = {}): Bind => ({
  type: 'bind',
  source,
  target: '/x',
  readOnly: false,
  ...more,
});
const tmpfs = (more: Partial<Tmpfs> = {}): Tmpfs => ({
  type: 'tmpfs',
  target: '/t',
  size: 1 << 20,
  mode: 0o1777,
  readOnly: false,
  ...more,
});

const ownUsers = { userNamespace: evenMaps({ inside: 0, host: 524288, size: 65536 }) };

/** A directory of the workshop. */
function directory(...names: string[]): string {
  const path = join(native.workshop.directory, ...names);
  mkdirSync(path, { recursive: true });
  return path;
}

describe('a tmpfs', () => {
  const script = "grep ' /t ' /proc/self/mounts; cp /bin/busybox /t/true; /t/true";

  test('executes nothing, and takes no device or set-user-ID program', async () => {
    const { stdout, stderr } = await sh(script, { mounts: [tmpfs()] });
    expect(stdout).toMatch(/ \/t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k/);
    expect(stderr).toContain('/t/true: Permission denied');
  });

  test('executes where it is said', async () => {
    const { stdout, exit } = await sh(script, { mounts: [tmpfs({ exec: true, size: 4 << 20 })] });
    expect(stdout).toMatch(/ \/t tmpfs rw,nosuid,nodev,relatime/);
    expect(exit.code).toBe(0);
  });

  test('holds no more files than it may', async () => {
    const { stderr } = await sh('touch /t/1 /t/2 /t/3', { mounts: [tmpfs({ inodes: 3 })] });
    expect(stderr).toBe('touch: /t/3: No space left on device\n');
  });
});

describe('a bind', () => {
  test.each([
    [undefined, false, 0],
    [false, false, 126],
    [true, true, 0],
    [undefined, true, 126],
  ])('with exec %s from a source with noexec %s ends with %i', async (exec, noexec, code) => {
    const source = directory('source');
    await mounted(
      source,
      async () => {
        copyFileSync('/bin/busybox', join(source, 'true'));
        chmodSync(join(source, 'true'), 0o755);
        const mounts = [bind(source, exec === undefined ? {} : { exec })];
        expect((await sh('/x/true', { mounts })).exit.code).toBe(code);
      },
      ...(noexec ? ['-oremount,bind,noexec'] : []),
    );
  });

  test('is left out where its source is not there and may be skipped', async () => {
    const gone = bind(join(native.workshop.directory, 'gone'), { ifMissing: 'skip' });
    const there = bind(directory('there'), { ifMissing: 'skip', target: '/y' });
    const { stdout } = await sh("ls -d /x /y; grep -c ' /[xy] ' /proc/self/mounts", {
      mounts: [gone, there],
    });
    expect(stdout).toBe('/y\n1\n');
  });

  test('is no reason to skip it that its source may not be looked at', async () => {
    writeFileSync(join(native.workshop.directory, 'file'), '');
    const mounts = [bind(join(native.workshop.directory, 'file/below'), { ifMissing: 'skip' })];
    await expect(run(['true'], { mounts })).rejects.toMatchObject({ errno: 'ENOTDIR' });
  });
});

describe('a subpath', () => {
  test('is what is mounted, be it a directory or a file', async () => {
    const source = directory('source');
    writeFileSync(join(directory('source/a/b'), 'file'), 'content');
    const mounts = [
      bind(source, { subpath: 'a/b' }),
      bind(source, { subpath: 'a/b/file', target: '/y', readOnly: true }),
    ];
    const { stdout, stderr } = await sh('ls /x; cat /y; touch /x/new; echo more >/y', { mounts });
    expect(stdout).toBe('file\ncontent');
    expect(stderr).toContain('/y: Read-only file system');
    expect(readdirSync(join(source, 'a/b'))).toEqual(['file', 'new']);
  });

  test.each(['..', '../outside', 'link', 'inner', 'a/../../outside'])(
    '"%s" leads nowhere',
    async (subpath) => {
      const source = directory('source');
      directory('outside');
      directory('source/a');
      symlinkSync('../outside', join(source, 'link'));
      symlinkSync('a', join(source, 'inner'));
      await expect(run(['true'], { mounts: [bind(source, { subpath })] })).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        errno: expect.stringMatching(/ELOOP|EXDEV/),
      });
    },
  );

  test('that is not there is an error that names it', async () => {
    const source = directory('source');
    await expect(run(['true'], { mounts: [bind(source, { subpath: 'gone' })] })).rejects.toMatchObject({
      message: expect.stringContaining(`"${source}/gone" on "/x"`),
      errno: 'ENOENT',
    });
  });
});

describe.each([
  ['in the user namespace of the host', usersOfHost],
  ['in one of its own', ownUsers],
])('mounts that are made later %s', (_, users) => {
  const rights = { ...users, capabilities: ['CAP_SYS_ADMIN'], seccomp: 'unconfined' as const };

  /** Which mounts of the other side each side sees, of `/x` and of the mount `/x/sub` below. */
  async function travel(propagation: Bind['propagation'], host = '--make-shared') {
    const source = directory('source');
    const seen: string[] = [];
    await mounted(
      source,
      async () => {
        const sub = directory('source/sub');
        await mounted(
          sub,
          async () => {
            for (const name of ['outside', 'inside'])
              for (const place of [source, sub]) mkdirSync(join(place, name));
            const script = `for d in /x /x/sub; do mount -t tmpfs x $d/inside && touch $d/inside/file; done
              echo ready; until test -e /x/go; do sleep 0.02; done
              for d in /x /x/sub; do test -e $d/outside/file && echo $d; done; true`;
            const mounts = [bind(source, propagation === undefined ? {} : { propagation })];
            const running = await launch(['sh', '-c', script], { mounts, security: rights });
            await vi.waitFor(() => expect(running.stdout()).toBe('ready\n'), 30_000);
            for (const place of [source, sub])
              if (existsSync(join(place, 'inside/file'))) seen.push(`out ${place.slice(source.length)}/`);
            for (const place of [source, sub]) {
              execFileSync('mount', ['-t', 'tmpfs', 'sc-test', join(place, 'outside')]);
              writeFileSync(join(place, 'outside/file'), '');
            }
            writeFileSync(join(source, 'go'), '');
            const { stdout } = await running.outcome();
            for (const line of stdout.trim().split('\n').slice(1)) seen.push(`in ${line.slice(2)}/`);
          },
          host,
        );
      },
      host,
    );
    return seen;
  }

  test.each([
    [undefined, []],
    ['private', []],
    ['unbindable', []],
    ['runbindable', []],
    ['slave', ['in /']],
    ['rslave', ['in /', 'in /sub/']],
    ['shared', ['out /', 'in /']],
    ['rshared', ['out /', 'out /sub/', 'in /', 'in /sub/']],
  ] as const)('travel with propagation %s like this: %j', async (propagation, expected) => {
    expect(await travel(propagation)).toEqual(expected);
  });

  test.each(['slave', 'rslave', 'shared', 'rshared'] as const)(
    'cannot travel from a private mount: %s is refused',
    async (propagation) => {
      await expect(travel(propagation, '--make-private')).rejects.toMatchObject({
        code: 'SC_START_FAILED',
        message: expect.stringContaining('nothing travels'),
        hint: expect.stringContaining('--make-shared'),
      });
    },
  );

  test.each(['unbindable', 'runbindable'] as const)(
    'a mount that is %s cannot be bound',
    async (propagation) => {
      const script = 'mkdir /y; mount --bind /x /y 2>&1';
      const mounts = [bind(directory('source'), { propagation })];
      expect((await sh(script, { mounts, security: rights })).stdout).toContain('Invalid argument');
    },
  );
});

describe('the root filesystem', () => {
  const rights = { capabilities: ['CAP_SYS_ADMIN', 'CAP_SYS_CHROOT'], seccomp: 'unconfined' as const };
  const states = "cut -d' ' -f5,7 /proc/self/mountinfo | grep -E '^/(|proc|t) '";

  test.each([
    [undefined, ['/ -', '/proc -', '/t -']],
    ['shared', ['/ shared', '/proc -', '/t -']],
    ['rshared', ['/ shared', '/proc shared', '/t shared']],
    ['unbindable', ['/ unbindable', '/proc -', '/t -']],
    ['runbindable', ['/ unbindable', '/proc unbindable', '/t unbindable']],
  ] as const)('with propagation %s is %j', async (propagation, expected) => {
    const rootfs = propagation === undefined ? {} : { propagation };
    const { stdout } = await sh(states, { rootfs, mounts: [tmpfs()], security: rights });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/:.*/, '')),
    ).toEqual(expected);
  });

  test('that is read-only is so in what is mounted below it, but for the mounts of the container', async () => {
    const { rootfs } = native.workshop;
    const sub = directory('rootfs/sub');
    directory('rootfs/data');
    await mounted(sub, async () => {
      const mounts = [tmpfs({ target: '/sub/t' }), bind(directory('data'), { target: '/data' })];
      mkdirSync(join(sub, 't'));
      const script = 'touch /a /sub/a; touch /sub/t/a /data/a && echo written; ls /made';
      const { stdout, stderr } = await sh(
        script,
        { rootfs: { readOnly: true }, mounts: [...mounts, tmpfs({ target: '/made' })] },
        { rootfs: { mounts: [{ type: 'bind', target: '/', source: rootfs, readOnly: false }] } },
      );
      expect(stderr).toBe('touch: /a: Read-only file system\ntouch: /sub/a: Read-only file system\n');
      expect(stdout).toBe('written\n');
      expect(readdirSync(sub)).toEqual(['t']);
    });
  });
});

describe('a place that is the root itself', () => {
  test.each([
    ['a tmpfs', { mounts: [tmpfs({ target: '/link' })] }],
    ['a bind', { mounts: [bind('/etc', { target: '/link/.' })] }],
    ['a mask', { security: { maskedPaths: ['/link'] } }],
    ['a cover that is read-only', { security: { readOnlyPaths: ['/link'] } }],
  ])('is refused for %s', async (_, changes) => {
    symlinkSync('/', join(native.workshop.rootfs, 'link'));
    await expect(run(['true'], changes)).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      errno: 'EBUSY',
      hint: expect.stringContaining('root'),
    });
  });
});

test('a mount on /dev/console beside a terminal is refused with what to do', async () => {
  const mounts = [bind('/etc/passwd', { target: '/dev/console' })];
  await expect(run(['true'], { mounts, terminal: { tty: true } })).rejects.toMatchObject({
    errno: 'EEXIST',
    hint: expect.stringContaining('/dev/console'),
  });
});

test('two thousand mounts are there, each with what it holds', { timeout: 60_000 }, async () => {
  const source = directory('source');
  const count = 1000;
  for (let index = 0; index < count; index++)
    writeFileSync(join(directory('source', `${index}`), 'file'), `${index}\n`);
  const mounts = Array.from({ length: count }, (_, index) => [
    bind(source, { subpath: `${index}`, target: `/b/${index}` }),
    tmpfs({ target: `/t/${index}`, size: 4096 }),
  ]).flat();
  const script = "cat /b/*/file | wc -l; grep -cE ' /[bt]/' /proc/self/mounts";
  expect((await sh(script, { mounts })).stdout).toBe('1000\n2000\n');
});

describe('owners of a mount', () => {
  const hostIds = (path: string) => {
    const { uid, gid } = statSync(path);
    return `${uid}:${gid}`;
  };
  const owners = new Map([['user', { uid: 1000, gid: 1000 }]]);
  const identity = { uid: 1000, gid: 1000, groups: [], home: '/' };

  /** A directory of host user 1234, with files of two others. */
  function foreign(): string {
    const source = directory('foreign');
    for (const [name, id] of [
      ['hers', 1234],
      ['his', 1000],
      ['roots', 0],
    ] as const) {
      writeFileSync(join(source, name), '');
      chownSync(join(source, name), id, id);
    }
    chownSync(source, 1234, 1234);
    chmodSync(source, 0o755);
    for (const path of [native.workshop.directory, native.workshop.rootfs]) chmodSync(path, 0o755);
    return source;
  }
  const script = 'cd /x; stat -c "%n %u:%g" . hers his roots; touch new && stat -c "%n %u:%g" new';

  describe.each([
    ['in the user namespace of the host', usersOfHost],
    ['in one of its own', ownUsers],
  ])('%s', (_, security) => {
    test('are changed for the container and not on the host, where the mount says who owns it', async () => {
      const source = foreign();
      const mounts = [bind(source, { owner: 'user' })];
      const { stdout, stderr } = await sh(script, { mounts, security }, { identity, mountOwners: owners });
      expect({ stdout, stderr }).toEqual({
        stdout: '. 1000:1000\nhers 1000:1000\nhis 1234:1234\nroots 0:0\nnew 1000:1000\n',
        stderr: '',
      });
      expect(hostIds(join(source, 'new'))).toBe('1234:1234');
      expect(hostIds(join(source, 'hers'))).toBe('1234:1234');
    });

    test('are those of a map, and nobody where it has none', async () => {
      const source = foreign();
      const idmap = evenMaps({ inside: 1000, host: 1234, size: 1 });
      const { stdout } = await sh(script, { mounts: [bind(source, { idmap })], security }, { identity });
      expect(stdout).toBe('. 1000:1000\nhers 1000:1000\nhis 65534:65534\nroots 65534:65534\nnew 1000:1000\n');
      expect(hostIds(join(source, 'new'))).toBe('1234:1234');
    });

    test('are mapped below a subpath that is read-only too, and in what is mounted there', async () => {
      const source = foreign();
      const sub = directory('foreign/sub/below');
      await mounted(sub, async () => {
        chownSync(join(source, 'sub'), 1234, 1234);
        chownSync(sub, 1234, 1234);
        const mounts = [bind(source, { owner: 'user', subpath: 'sub', readOnly: true })];
        const { stdout, stderr } = await sh(
          'stat -c %u:%g /x /x/below; touch /x/a; touch /x/below/a',
          { mounts, security },
          { identity, mountOwners: owners },
        );
        expect(stdout).toBe('1000:1000\n1000:1000\n');
        expect(stderr.match(/Read-only file system/g)).toHaveLength(2);
      });
    });

    test('of a tmpfs are whom it says', async () => {
      const mounts = [tmpfs({ owner: 'user', mode: 0o700 })];
      const { stdout } = await sh(
        'stat -c "%u:%g %a" /t; touch /t/x && echo written',
        { mounts, security },
        { identity, mountOwners: owners },
      );
      expect(stdout).toBe('1000:1000 700\nwritten\n');
    });
  });

  test('are not mapped on a filesystem that cannot', async () => {
    const mounts = [bind('/proc', { owner: 'user' })];
    await expect(run(['true'], { mounts }, { mountOwners: owners })).rejects.toMatchObject({
      errno: 'EINVAL',
      hint: expect.stringContaining('filesystem'),
    });
  });

  test('a hundred mounts with owners of their own leave the layers of the root where they are', async () => {
    const mounts = Array.from({ length: 100 }, (_, index) =>
      bind(directory('sources', String(index)), {
        target: `/m/${index}`,
        idmap: evenMaps({ inside: index, host: 0, size: 1 }),
      }),
    );
    const { stdout } = await sh('stat -c %u /m/* | tr "\\n" " "', { mounts });
    expect(
      stdout
        .split(' ')
        .filter(Boolean)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(mounts.map((_, index) => index));
  });
});
