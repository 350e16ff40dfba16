import { execFileSync } from 'node:child_process';
import { globSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Config } from '../../src/schema/image/config.ts';
import type { Manifest } from '../../src/schema/image/manifest.ts';
import type { CommitResult } from '../../src/schema/operations/commit.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { makeCommandLine } from '../support/command-line.ts';
import { rootfsOf, tellAll } from '../support/container-rootfs.ts';
import { unmount } from '../support/mounted.ts';
import { inRootfs } from '../support/mounted-rootfs.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-czf', at('rootfs.tar.gz'), '.']);
  const changes = ['CMD ["sh", "-c", "echo base"]', 'ENV WHERE=base', 'LABEL of=base'];
  await sc('image', 'import', ...changes.flatMap((change) => ['-c', change]), 'rootfs.tar.gz', 'base:1');
});
afterEach(async () => {
  await sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const sc = (...args: string[]) => cli.sc(...args);
const run = async (name: string, script: string, ...flags: string[]) =>
  expect((await sc('run', '--name', name, ...flags, 'base:1', 'sh', '-c', script)).stderr).toBe('');
const commit = (...args: string[]) => cli.json<CommitResult>('commit', '--json', ...args);
const blob = (digest: string) => readFileSync(join(cli.root, 'images/blobs/sha256', digest.slice(7)));
const document = <Form>(digest: string) => JSON.parse(blob(digest).toString()) as Form;
const images = async () => (await sc('image', 'list', '--quiet')).stdout;

describe('an image of a container', () => {
  test('has one layer more, of what diff lists, with the directories on its way', async () => {
    await run('web', 'mkdir -p a/b; echo new > a/b/c; rm etc/group; echo more >> etc/passwd; chmod 700 root');
    const { id, name, digest, layer } = await commit('--compress', 'none', 'web', 'web:1');
    expect(name).toBe('web:1');
    expect((await sc('commit', 'web')).stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    const base = await sc('image', 'inspect', 'base:1');
    const manifest = document<Manifest>(digest);
    expect(manifest.config.digest).toBe(id);
    expect(manifest.layers).toHaveLength(2);
    expect(manifest.layers[1]).toMatchObject({ digest: layer.digest, size: layer.size });
    expect(base.stdout).toContain(manifest.layers[0]?.digest);
    const { stdout } = await execa('tar', ['-tf', '-'], { input: blob(layer.digest) });
    expect(stdout.split('\n')).toEqual(
      ['a/', 'a/b/', 'a/b/c', 'etc/', 'etc/.wh.group', 'etc/passwd', 'root/'].filter(Boolean),
    );
    expect((await sc('diff', 'base:1', 'web:1')).stdout).toBe((await sc('diff', 'web')).stdout);
    expect((await sc('diff', 'web', 'web:1')).stdout).toBe('');
  });

  test('goes out with every file as the container has it', async () => {
    await run(
      'full',
      'mkdir -p srv/tree/deep srv/replaced srv/gone; echo a > srv/tree/deep/a; echo a > srv/replaced/a',
    );
    await sc('commit', 'full', 'full:1');
    const script = [
      'rm -r srv/tree srv/gone; echo file > srv/tree',
      'rm -r srv/replaced; mkdir srv/replaced; echo b > srv/replaced/b; chown 7:8 srv/replaced; chmod 2750 srv/replaced',
      'cp bin/busybox bin/tool; chown 5:6 bin/tool; chmod 6755 bin/tool; ln bin/tool bin/second; ln -s ../tool bin/link',
      'setfattr -n user.note -v text etc/passwd; setfattr -n trusted.note -v 0x00ff srv',
      'setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 bin/second',
      'mkfifo fifo; mknod null c 1 3; mknod disk b 7 0; chown 9:9 null; truncate -s 1M sparse; printf end >> sparse',
      `printf x > "$(printf 'b\\377\\001\\012c')"; touch -h -d '2001-02-03 04:05:06.123456789' bin/link etc/group`,
      'chown 65534:65534 sparse; ln etc/passwd etc/hard',
    ].join('\n');
    await sc('run', '--name', 'two', 'full:1', 'true');
    const rootfs = rootfsOf(cli.root, await cli.json<ContainerState>('inspect', 'two'));
    inRootfs(rootfs, script);
    const expected = inRootfs(rootfs, tellAll);
    expect(expected).toContain('bin/tool f 6755 5:6');
    for (const compression of ['gzip', 'zstd', 'none'])
      await sc('commit', '--compress', compression, 'two', `two:${compression}`);
    for (const compression of ['gzip', 'none']) {
      await execa('umoci', [
        'unpack',
        '--image',
        `${at('store/images')}:two:${compression}`,
        at(`umoci-${compression}`),
      ]);
      const found = execFileSync('sh', ['-c', tellAll], {
        cwd: join(at(`umoci-${compression}`), 'rootfs'),
        encoding: 'utf8',
      });
      expect(found).toBe(expected);
    }
    await sc('run', '--name', 'again', 'two:zstd', 'true');
    expect(inRootfs(rootfsOf(cli.root, await cli.json<ContainerState>('inspect', 'again')), tellAll)).toBe(
      expected,
    );
    expect((await sc('diff', 'two', 'again')).stdout).toBe('');
  });

  test('has large holes again where it is unpacked, however well they compress', async () => {
    await run('holes', 'truncate -s 1200M /hole; printf end >> /hole');
    expect(await sc('commit', '--compress', 'zstd', 'holes', 'holes:1')).toMatchObject({ stderr: '' });
    const told = await sc('run', '--rm', 'holes:1', 'sh', '-c', 'tail -c 3 /hole; stat -c " %s %b" /hole');
    const [end, size, blocks] = told.stdout.trim().split(' ');
    expect([end, size]).toEqual(['end', String(1200 * 2 ** 20 + 3)]);
    expect(Number(blocks)).toBeLessThan(100);
  });

  test('has owners as they are inside, whatever they are on the host', async () => {
    await run('owned', 'echo > mine; mkdir dir; echo > dir/file; touch yours');
    const { uids } = (await cli.json<ContainerState>('inspect', 'owned')).spec.security.userNamespace ?? {};
    expect(uids?.[0]?.host).not.toBe(0);
    const { layer } = await commit('--compress', 'none', 'owned');
    const { stdout } = await execa('tar', ['-tvf', '-', '--numeric-owner'], { input: blob(layer.digest) });
    expect(stdout.match(/ \d+\/\d+ /g)).toEqual(Array(4).fill(' 0/0 '));
  });

  test('has nothing of what is mounted, nor of what every container is given', async () => {
    const script =
      'echo > /mnt/in/f; echo > /tmp/f; echo x >> /etc/hosts; echo > /srv; cat /run/secrets/password';
    writeFileSync(at('secret'), 'secret');
    await execa('sh', ['-c', 'mkdir -p shared rootfs/mnt; ln -sfn /mnt rootfs/link'], { cwd: cli.directory });
    const flags = ['-v', './shared:/link/in', '--tmpfs', '/tmp', '--secret', 'password,source=./secret'];
    const { exitCode, stderr } = await sc(
      'run',
      '--name',
      'mounted',
      ...flags,
      './rootfs',
      'sh',
      '-c',
      script,
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect((await sc('diff', 'mounted')).stdout).toBe('A /run\nA /srv\n');
    const { layer } = await commit('--compress', 'none', 'mounted');
    const { stdout } = await execa('tar', ['-tf', '-'], { input: blob(layer.digest) });
    expect(stdout.split('\n')).toEqual(['run/', 'srv']);
  });

  test('of a directory begins with a layer of that', async () => {
    const { exitCode } = await sc(
      'run',
      '--name',
      'plain',
      './rootfs',
      'sh',
      '-c',
      'echo > new; rm etc/group',
    );
    expect(exitCode).toBe(0);
    const { id, digest } = await commit('-c', 'CMD ["ls", "/etc", "/new"]', 'plain', 'plain:1');
    expect(document<Manifest>(digest).layers).toHaveLength(2);
    expect(document<Config>(id).history).toHaveLength(2);
    expect((await sc('run', '--rm', 'plain:1')).stdout).toMatch(/^\/new\n\n\/etc:\n(?!.*group)/);
    expect((await sc('diff', 'plain', 'plain:1')).stdout).toBe('');
  });

  test('leaves the container as it was', async () => {
    await run('web', 'echo > new; rm etc/group');
    const upper = join(cli.root, 'storage/overlay', (await cli.json<ContainerState>('inspect', 'web')).id);
    const tell = () =>
      execFileSync('find', [upper, '-printf', '%p %y %m %U:%G %s %C@ %T@ %i\\n'], { encoding: 'utf8' });
    const [before, record] = [tell(), await cli.json<ContainerState>('inspect', 'web')];
    await sc('commit', 'web', 'web:1');
    expect(tell()).toBe(before);
    expect(await cli.json<ContainerState>('inspect', 'web')).toEqual(record);
  });
});

describe('the config of the image', () => {
  const configOf = async (...args: string[]) => document<Config>((await commit(...args)).id);

  test('is that of the base with what is said anew', async () => {
    await run('web', 'true');
    expect((await configOf('web')).config).toEqual({
      Cmd: ['sh', '-c', 'echo base'],
      Env: ['WHERE=base'],
      Labels: { of: 'base' },
    });
    writeFileSync(
      at('config.yaml'),
      'User: "1000"\nEnv: [A=b]\nLabels: null\nHealthcheck: {Test: [CMD, check], Retries: 3}\n',
    );
    const flags = [
      '-c',
      'WORKDIR /srv',
      '-c',
      'ENV WHERE=here',
      '-l',
      'mine=yes',
      '-m',
      'a word',
      '-a',
      'Ada',
    ];
    const config = await configOf(
      '--created',
      '2024-05-01T12:00:00Z',
      '--config',
      'config.yaml',
      ...flags,
      'web',
    );
    expect(config).toMatchObject({ created: '2024-05-01T12:00:00Z', author: 'Ada' });
    expect(config.config).toEqual({
      Cmd: ['sh', '-c', 'echo base'],
      Env: ['A=b', 'WHERE=here'],
      User: '1000',
      WorkingDir: '/srv',
      Labels: { mine: 'yes' },
      Healthcheck: { Test: ['CMD', 'check'], Retries: 3 },
    });
    expect(config.history?.slice(1)).toEqual([
      { created: '2024-05-01T12:00:00Z', author: 'Ada', created_by: 'sc commit', comment: 'a word' },
    ]);
  });

  test.each([
    [['--change', 'RUN make'], 'there is no instruction "RUN"'],
    [['--config', 'odd.yaml'], 'unknown key "Comand"'],
    [['--config', 'wrong.yaml'], 'config.Cmd'],
    [['--created', 'soon'], 'created "soon": it is no time'],
    [['--change', 'ENV =x'], 'no name'],
  ])('is refused, and nothing is kept: %j', async (flags, words) => {
    writeFileSync(at('odd.yaml'), 'Comand: [web]\n');
    writeFileSync(at('wrong.yaml'), 'Cmd: web\n');
    await run('web', 'true');
    const before = await images();
    const failed = await sc('commit', ...flags, 'web', 'bad:1');
    expect([failed.exitCode === 0, failed.stdout]).toEqual([false, '']);
    expect(failed.stderr).toContain(words);
    expect(await images()).toBe(before);
  });

  test('with a fixed time of creation gives one ID', async () => {
    await run(
      'web',
      'echo > new; ln new other; mkdir -p many; for i in $(seq 50); do echo $i > many/$i; done',
    );
    const ids = [
      await commit('--created', '1714564800', 'web', 'one:1'),
      await commit('--created', '2024-05-01T12:00:00Z', 'web', 'two:1'),
      JSON.parse(
        (
          await execa(cli.executable, ['commit', '--json', 'web'], {
            ...cli.options,
            env: { ...cli.options.env, SOURCE_DATE_EPOCH: '1714564800' },
          })
        ).stdout,
      ) as CommitResult,
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect((await commit('web')).id).not.toBe(ids[0]);
  });
});

describe('a container that runs', () => {
  const counting = 'i=0; while :; do i=$((i+1)); echo $i > /one; echo $i > /two; done';

  test('stands still meanwhile, and goes on', async () => {
    await sc('run', '-d', '--name', 'live', 'base:1', 'sh', '-c', counting);
    await setTimeout(200);
    for (const name of ['live:1', 'live:2', 'live:3']) {
      expect(await sc('commit', 'live', name)).toMatchObject({ stderr: '', exitCode: 0 });
      const { stdout } = await sc('run', '--rm', name, 'cat', '/one', '/two');
      const [one = 0, two = 0] = stdout.split('\n').map(Number);
      // One of them may just have been emptied.
      if (one > 0 && two > 0) expect(one - two).toBeOneOf([0, 1]);
      expect((await cli.json<ContainerState>('inspect', 'live')).status).toBe('running');
      expect(await cli.json<ContainerState>('inspect', 'live')).not.toHaveProperty('heldStill');
    }
    expect((await sc('diff', 'live')).stdout).toBe('A /one\nA /two\n');
    expect(await sc('commit', '--no-pause', 'live', 'live:4')).toMatchObject({ exitCode: 0 });
  });

  test('goes on while what was set aside is compressed, and the layer is unpacked by who runs it first', async () => {
    const script = 'dd if=/dev/urandom of=/big bs=1M count=60 2>/dev/null; while :; do sleep 0.1; done';
    await sc('run', '-d', '--name', 'live', 'base:1', 'sh', '-c', script);
    const { id } = await cli.json<ContainerState>('inspect', 'live');
    while ((await sc('diff', 'live')).stdout !== 'A /big\n') await setTimeout(50);
    await setTimeout(500);
    const layers = () => readdirSync(join(cli.root, 'storage/overlay/.layers'));
    const unpacked = layers();
    const committing = execa(cli.executable, ['commit', 'live', 'live:1'], cli.options);
    while (cli.record(id).heldStill === undefined) await setTimeout(5);
    while (cli.record(id).heldStill !== undefined) await setTimeout(5);
    expect(globSync(join(cli.root, 'images/.incoming/*/container.tar'))).toHaveLength(1);
    expect((await cli.json<ContainerState>('inspect', 'live')).status).toBe('running');
    expect(await committing).toMatchObject({ stderr: '', exitCode: 0 });
    expect(globSync(join(cli.root, 'images/.incoming/*'))).toEqual([]);
    expect(layers()).toEqual(unpacked);
    expect((await sc('run', '--rm', 'live:1', 'stat', '-c', '%s', '/big')).stdout).toBe(`${60 << 20}\n`);
    expect(layers()).toHaveLength(unpacked.length + 1);
  });

  test('that was paused stays so', async () => {
    await sc('run', '-d', '--name', 'live', 'base:1', 'sh', '-c', counting);
    await sc('pause', 'live');
    expect(await sc('commit', 'live', 'live:1')).toMatchObject({ exitCode: 0 });
    expect((await cli.json<ContainerState>('inspect', 'live')).status).toBe('paused');
    await sc('resume', 'live');
  });

  test('goes on after a commit that was killed, which leaves nothing', async () => {
    const script = 'dd if=/dev/urandom of=/big bs=1M count=60 2>/dev/null; while :; do sleep 0.1; done';
    await sc('run', '-d', '--name', 'live', 'base:1', 'sh', '-c', script);
    const { id } = await cli.json<ContainerState>('inspect', 'live');
    while ((await sc('diff', 'live')).stdout !== 'A /big\n') await setTimeout(50);
    await setTimeout(500);
    const before = await images();
    const layers = () => readdirSync(join(cli.root, 'storage/overlay/.layers')).sort();
    const unpacked = layers();
    let wasHeld = 0;
    for (const moment of ['held', 'held', 'holding', 'let go'] as const) {
      const committing = execa(cli.executable, ['commit', 'live', 'killed:1'], cli.options);
      while (cli.record(id).heldStill === undefined) await setTimeout(5);
      if (moment === 'holding') await setTimeout(50);
      // From then on it compresses what was set aside, which takes a second.
      while (moment === 'let go' && cli.record(id).heldStill !== undefined) await setTimeout(5);
      committing.kill('SIGKILL');
      await committing;
      if (cli.record(id).heldStill !== undefined) wasHeld += 1;
      expect((await cli.json<ListResult>('ps', '--json')).containers[0]?.status).toBe('running');
      expect(cli.record(id).heldStill).toBeUndefined();
      expect(await images()).toBe(before);
      expect(layers()).toEqual(unpacked);
    }
    expect(wasHeld).toBeGreaterThan(0);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const committing = execa(cli.executable, ['commit', 'live', 'ended:1'], cli.options);
      while (cli.record(id).heldStill === undefined) await setTimeout(5);
      committing.kill(signal);
      expect(await committing).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`ended by ${signal}`),
      });
      expect(cli.record(id).heldStill).toBeUndefined();
      expect(await images()).toBe(before);
    }
    expect(await sc('commit', 'live', 'live:1')).toMatchObject({ exitCode: 0 });
    expect((await sc('diff', 'live', 'live:1')).stdout).toBe('');
  });
});

test('on a terminal it shows how far it has come, elsewhere nothing', async () => {
  expect(await sc('run', '--name', 'plain', './rootfs', 'sh', '-c', 'echo > new')).toMatchObject({
    exitCode: 0,
  });
  expect((await sc('commit', 'plain')).stderr).toBe('');
  const terminal = openTerminal({ rows: 24, columns: 80 });
  try {
    const commit = (...flags: string[]) => {
      const script = '"$0" commit "$@" plain 2>"$TERMINAL"';
      const env = { ...cli.options.env, TERMINAL: terminal.path };
      return execa('sh', ['-c', script, cli.executable, ...flags], { ...cli.options, env });
    };
    expect((await commit('--quiet')).exitCode).toBe(0);
    expect(terminal.seen()).toBe('');
    expect((await commit()).stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    await terminal.shows(/pack what it stands on {2}\d[^\r\n]*B[\s\S]*pack its files {2}\d[^\r\n]*B/);
  } finally {
    terminal.close();
  }
});

test('a full disk lists nothing, and a retry works', async () => {
  const small = at('small');
  const mounted = ['sh', '-c', 'mkdir -p "$1"; mount -t tmpfs -o size=40m sc-test-small "$1"', 'sh', small];
  await execa(mounted[0] ?? '', mounted.slice(1));
  try {
    const own = (...args: string[]) => cli.sc('--root', join(small, 'store'), ...args);
    await own('image', 'import', 'rootfs.tar.gz', 'base:1');
    const script = 'dd if=/dev/urandom of=/big bs=1M count=11 2>/dev/null';
    expect(await own('run', '--name', 'big', 'base:1', 'sh', '-c', script)).toMatchObject({ exitCode: 0 });
    const leave = (room: number) => {
      rmSync(join(small, 'filler'), { force: true });
      const { bavail, bsize } = statfsSync(small);
      writeFileSync(join(small, 'filler'), Buffer.alloc(bavail * bsize - room, 1));
    };
    leave(8 << 20);
    const before = (await own('image', 'list')).stdout;
    const failed = await own('commit', 'big', 'big:1');
    expect([failed.exitCode, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toContain('ENOSPC');
    expect((await own('image', 'list')).stdout).toBe(before);
    expect(readdirSync(join(small, 'store/storage/overlay/.layers'))).toHaveLength(1);
    leave(14 << 20);
    expect(await own('commit', 'big', 'big:1')).toMatchObject({ stderr: '', exitCode: 0 });
    expect(await own('run', '--rm', 'big:1', 'ls')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('ENOSPC'),
    });
    expect(readdirSync(join(small, 'store/storage/overlay/.layers'))).toHaveLength(1);
    await execa('rm', [join(small, 'filler')]);
    expect((await own('run', '--rm', 'big:1', 'ls', '/big')).stdout).toBe('/big\n');
    await own('delete', '--all');
  } finally {
    await unmount(small);
  }
});

test.each([
  [['commit', 'nobody'], 'no container "nobody"'],
  [['commit', 'web', 'Not A Name'], 'it is no name'],
])('a bad request is told: %j', async (args, words) => {
  await run('web', 'true');
  const failed = await sc(...args);
  expect(failed.exitCode).not.toBe(0);
  expect(failed.stderr).toContain(words);
});
