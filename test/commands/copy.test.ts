import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { CopyResult } from '../../src/schema/operations/copy.ts';
import { makeCopying } from '../operations/copy/support.ts';

let cli: ReturnType<typeof makeCopying>;
beforeAll(() => {
  cli = makeCopying();
});
afterEach(() => cli.deleteAll());
afterAll(() => cli.remove());

const exec = async (...args: string[]) => (await cli.sc('exec', ...args)).stdout;

test('a file goes in and comes out again, by either name of the command', async () => {
  await cli.sleeping('web');
  cli.write('a:b', 'hello\n');
  expect(await cli.sc('copy', './a:b', 'web:/srv')).toMatchObject({
    exitCode: 0,
    stdout: 'copied 1 entry, 6B, to web:/srv\n',
    stderr: '',
  });
  expect(await exec('web', 'cat', '/srv')).toBe('hello\n');
  expect(await cli.sc('cp', '--quiet', '--archive=true', 'web:srv', 'back')).toMatchObject({
    stdout: '',
    stderr: '',
  });
  expect(cli.read('back')).toBe('hello\n');
});

test('--json prints what was copied', async () => {
  await cli.sleeping('web');
  mkdirSync(join(cli.directory, 'tree/below'), { recursive: true });
  cli.write('tree/below/file', '1234');
  expect(await cli.json<CopyResult>('copy', '--json', 'tree', 'web:/srv')).toEqual({
    sources: [join(cli.directory, 'tree')],
    entries: 3,
    bytes: 4,
    leftOut: [],
  });
});

test('a tar goes in, plain and compressed, and GNU tar reads what comes out', async () => {
  await cli.sleeping('web');
  mkdirSync(join(cli.directory, 'packed/deep'), { recursive: true });
  cli.write('packed/deep/file', 'in a tar');
  const plain = execFileSync('tar', ['-C', cli.directory, '-c', 'packed']);
  for (const [compression, place] of [
    ['cat', '/root'],
    ['gzip', '/tmp'],
    ['xz', '/etc'],
  ] as const) {
    const input = execFileSync(compression, { input: plain });
    const result = await execa(cli.executable, ['copy', '-', `web:${place}`], {
      ...cli.options,
      stdin: 'pipe',
      input,
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: `copied 3 entries, 8B, to web:${place}\n` });
    expect(await exec('web', 'cat', `${place}/packed/deep/file`)).toBe('in a tar');
  }
  const out = await execa(cli.executable, ['copy', 'web:/root/packed', '-'], {
    ...cli.options,
    encoding: 'buffer',
  });
  expect(out.exitCode).toBe(0);
  expect(execFileSync('tar', ['-t'], { input: out.stdout, encoding: 'utf8' })).toBe(
    'packed/\npacked/deep/\npacked/deep/file\n',
  );
});

test('a pattern stands for all that fit inside, and is nothing for the host', async () => {
  await cli.sleeping('web');
  await exec(
    'web',
    'sh',
    '-c',
    'mkdir /logs /d; for n in a.log b.log c.txt .h.log "x*.log"; do echo $n >/logs/$n; done; ln -s /logs /l',
  );
  mkdirSync(join(cli.directory, 'logs'));
  await cli.sc('copy', 'web:/l*/[a-b].log', 'logs');
  expect(execFileSync('ls', ['-A', join(cli.directory, 'logs')], { encoding: 'utf8' })).toBe(
    'a.log\nb.log\n',
  );
  // What is there as it is written is itself.
  await cli.sc('copy', 'web:/logs/x*.log', 'one');
  expect(cli.read('one')).toBe('x*.log\n');
  const { exitCode, stderr } = await cli.sc('copy', 'web:/logs/*.log', 'not-there');
  expect({ exitCode, stderr }).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('has to be a directory'),
  });
  expect((await cli.sc('copy', 'web:/logs/*.none', '.')).stderr).toContain(
    'web:/logs/*.none": there is no such file',
  );
  expect((await cli.sc('copy', './*.log', 'web:/tmp')).stderr).toContain('there is no such file');
});

test.each([[[]], [['--userns', 'host']]])(
  'owners with %s: root, those of the source, or whom one names',
  async (flags) => {
    await cli.sleeping('web', ...flags);
    const file = join(cli.directory, 'owned');
    writeFileSync(file, 'x');
    execFileSync('chown', ['1000:29', file]);
    chmodSync(file, 0o4755);
    execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', file]);
    const stat = async (path: string) => (await exec('web', 'stat', '-c', '%u %g %a', path)).trim();
    await cli.sc('copy', 'owned', 'web:/plain');
    await cli.sc('copy', '-a', 'owned', 'web:/kept');
    await cli.sc('copy', '--chown', 'user:audio', 'owned', 'web:/named');
    await cli.sc('copy', '--chown', '7:8', 'owned', 'web:/numbers');
    await cli.sc('copy', '-a', 'web:/kept', 'web:/twice');
    expect(await Promise.all(['/plain', '/kept', '/named', '/numbers', '/twice'].map(stat))).toEqual([
      '0 0 755',
      '1000 29 4755',
      '1000 29 755',
      '7 8 755',
      '1000 29 4755',
    ]);
    await cli.sc('copy', 'web:/kept', 'back');
    await cli.sc('copy', '-a', 'web:/twice', 'back-kept');
    const seen = (name: string) => {
      const { uid, gid, mode } = lstatSync(join(cli.directory, name));
      return [uid, gid, (mode & 0o7777).toString(8)];
    };
    expect(seen('back')).toEqual([0, 0, '755']);
    expect(seen('back-kept')).toEqual([1000, 29, '4755']);
    const note = execFileSync('getfattr', [
      '--absolute-names',
      '--only-values',
      '-n',
      'user.note',
      join(cli.directory, 'back-kept'),
    ]);
    expect(note.toString()).toBe('kept');
    expect((await cli.sc('copy', '--chown', 'nobody-here', 'owned', 'web:/x')).stderr).toContain(
      'look for user "nobody-here"',
    );
  },
);

test('rights of a file and access lists are told in the users of the container', async () => {
  await cli.sleeping('web');
  const file = cli.write('able', 'x');
  execFileSync('setcap', ['cap_net_raw+ep', join(cli.directory, file)]);
  // user::rw-, user:1000:rw-, group::r--, mask::rw-, other::r-- (posix_acl_xattr.h).
  const acl = '0x0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff';
  execFileSync('setfattr', ['-n', 'system.posix_acl_access', '-v', acl, join(cli.directory, file)]);
  const attributes = (name: string) =>
    execFileSync('getfattr', ['--absolute-names', '-d', '-m', '-', '-e', 'hex', join(cli.directory, name)], {
      encoding: 'utf8',
    })
      .split('\n')
      .filter((line) => /^(security.capability|system.posix_acl)/.test(line));
  expect(attributes('able')).toHaveLength(2);
  await cli.sc('copy', '-a', 'able', 'web:/able');
  await cli.sc('copy', '-a', 'web:/able', 'able-again');
  expect(attributes('able-again')).toEqual(attributes('able'));
  // Stopped, what is on the disk is seen.
  await cli.sc('stop', '-t', '0', 'web');
  await cli.sc('copy', '-a', 'web:/able', 'able-still');
  expect(attributes('able-still')[1]).toBe(attributes('able')[1]);
});

test('mounts of a container that runs are written to, and of one that does not they are told', async () => {
  mkdirSync(join(cli.directory, 'bound'));
  cli.write('file', 'text');
  await cli.sleeping('web', '--tmpfs', '/mem', '-v', `${cli.directory}/bound:/data`, '--read-only');
  await exec('web', 'true');
  expect(await cli.sc('copy', 'file', 'web:/mem')).toMatchObject({ exitCode: 0 });
  expect(await exec('web', 'cat', '/mem/file')).toBe('text');
  expect(await cli.sc('copy', 'file', 'web:/data')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(cli.read('bound/file')).toBe('text');
  expect(await cli.sc('copy', 'file', 'web:/etc')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('copy to "web:/etc/file": '),
  });
  expect((await cli.sc('copy', 'file', 'web:/etc/hosts')).stderr).toContain('something is mounted there');
  expect((await cli.sc('copy', 'web:/proc/self/environ', '.')).stderr).toContain('there is no such file');
  expect((await cli.sc('copy', 'web:/proc/1/environ', '.')).stderr).toContain('it is of the kernel (proc)');
  await cli.sc('stop', '-t', '0', 'web');
  expect((await cli.sc('copy', 'file', 'web:/data/x')).stderr).toBe(
    `sc: copy "web:/data": something is mounted there, but only while the container runs\nTry: it is "${cli.directory}/bound" of the host: copy there, or start the container first\n`,
  );
  expect((await cli.sc('copy', 'file', 'web:/etc')).stderr).toBe(
    'sc: copy to "web:/etc": its root filesystem is read-only\n',
  );
});

test.each(['overlay', 'vfs'])(
  'on %s a volume of a container that does not run is written to, and its read-only root is not',
  async (driver) => {
    const sc = (...args: string[]) =>
      cli.sc('--root', join(cli.directory, driver), '--storage-driver', driver, ...args);
    const flags = ['-v', 'data:/srv/data', '--read-only', '--user', '0'];
    await sc('run', '-d', '--name', 'web', ...flags, './rootfs', 'sleep', '100000');
    cli.write('file', 'text');
    mkdirSync(join(cli.directory, `${driver}-tree/srv/data/deep`), { recursive: true });
    mkdirSync(join(cli.directory, `${driver}-tree/etc`));
    cli.write(`${driver}-tree/srv/data/deep/file`, 'text');
    const copyAll = async () => [
      await sc('copy', 'file', 'web:/srv/data'),
      await sc('copy', `${driver}-tree/.`, 'web:/'),
      await sc('copy', '-', 'web:/srv/data/absent'),
      await sc('copy', 'file', 'web:/srv'),
      await sc('copy', 'file', 'web:/srv/file'),
    ];
    const seen = async () =>
      (await sc('exec', 'web', 'sh', '-c', 'cd /srv; find . -type f | sort; rm -r data/*')).stdout;
    const running = await copyAll();
    expect(await seen()).toBe('./data/deep/file\n./data/file\n');
    await sc('stop', '-t', '0', 'web');
    const still = await copyAll();
    await sc('start', 'web');
    expect(await seen()).toBe('./data/deep/file\n./data/file\n');
    expect(still.map(({ exitCode }) => exitCode)).toEqual(running.map(({ exitCode }) => exitCode));
    expect(still.map(({ exitCode }) => exitCode)).toEqual([0, 0, 1, 1, 1]);
    expect(still[3]?.stderr).toMatch(/^sc: copy to "web:\/srv\/file": .*EROFS/);
    expect(still[4]?.stderr).toContain('copy to "web:/srv/file": its root filesystem is read-only');
    cli.write(`${driver}-tree/etc/new`, 'text');
    await sc('stop', '-t', '0', 'web');
    expect((await sc('copy', `${driver}-tree/.`, 'web:/')).stderr).toMatch(
      /^sc: copy to "web:\/etc\/new": .*EROFS/,
    );
    await sc('delete', '--force', '--volumes', 'web');
  },
);

test('a container that is paused, and one on the view of the machine', async () => {
  await cli.sc('run', '-d', '--name', 'machine', 'host', 'sleep', '1000');
  cli.write('file', 'text');
  await cli.sc('pause', 'machine');
  await cli.sc('copy', 'file', 'machine:/usr/local/share/');
  await cli.sc('resume', 'machine');
  expect(await exec('machine', 'cat', '/usr/local/share/file')).toBe('text');
  await cli.sc('stop', '-t', '0', 'machine');
  await cli.sc('copy', 'file', 'machine:/usr/local/share/second');
  await cli.sc('copy', 'machine:/usr/local/share', 'share');
  expect(cli.read('share/file') + cli.read('share/second')).toBe('texttext');
  expect(() => lstatSync('/usr/local/share/second')).toThrow('ENOENT');
});

test('sockets, and devices on the host, are left out and named; FIFOs are copied unopened', async () => {
  await cli.sleeping('web', '--tmpfs', '/run');
  const { stderr } = await cli.sc('copy', 'web:/dev', 'dev');
  expect(stderr).toContain('left out "dev/null": it is a device, which only --archive makes on the host\n');
  expect(stderr).toContain('left out "web:/dev/pts": what is in it is of the kernel (devpts)\n');
  mkdirSync(join(cli.directory, 'nodes'));
  execFileSync('mkfifo', [join(cli.directory, 'nodes/fifo')]);
  execFileSync('python3', [
    '-c',
    `import socket; socket.socket(socket.AF_UNIX).bind("${cli.directory}/nodes/socket")`,
  ]);
  symlinkSync('/etc/shadow', join(cli.directory, 'nodes/link'));
  expect((await cli.sc('copy', 'nodes', 'web:/run')).stderr).toBe(
    `left out "${cli.directory}/nodes/socket": it is a socket\n`,
  );
  expect(await exec('web', 'sh', '-c', 'test -p /run/nodes/fifo; echo $?; readlink /run/nodes/link')).toBe(
    '0\n/etc/shadow\n',
  );
});

test.each([
  [['copy', 'a', 'b'], 2, 'neither the source nor the destination is in a container'],
  [['copy', '-', '-'], 2, 'neither the source nor the destination is in a container'],
  [['copy', 'web:', 'b'], 2, 'there is no path behind the colon'],
  [['copy', '', 'web:/'], 2, 'it is no path'],
  [['copy', 'web:/a'], 2, 'there is no DESTINATION'],
  [['copy', '--json', 'web:/a', '-'], 2, ''],
  [['copy', '--chown', '0', 'web:/a', 'b'], 2, 'an owner is for what goes into a container'],
  [['copy', 'nobody:/a', 'b'], 1, 'no container "nobody"'],
  [['cp', '--help'], 0, ''],
])('%s is %i: %s', async (args, exitCode, words) => {
  const result = await cli.sc(...args);
  expect(result).toMatchObject({ exitCode, stderr: expect.stringContaining(words) });
});

test('no file takes the place of a device', async () => {
  await cli.sleeping('web');
  const device = join(cli.directory, 'null');
  execFileSync('mknod', [device, 'c', '1', '3']);
  expect(await cli.sc('copy', 'web:/etc/passwd', './null')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('null": a device is there, and it is none'),
  });
  expect(lstatSync(device).isCharacterDevice()).toBe(true);
});

test('a tar that is none, or leads out, is refused', async () => {
  await cli.sleeping('web');
  const feed = (input: Buffer | string) =>
    execa(cli.executable, ['copy', '-', 'web:/root'], { ...cli.options, stdin: 'pipe', input });
  expect(await feed('no tar at all, however long it is'.repeat(100))).toMatchObject({ exitCode: 1 });
  cli.write('evil', 'x');
  const evil = execFileSync('tar', [
    '-P',
    '-C',
    cli.directory,
    '--transform',
    's,^,../../../../,',
    '-c',
    'evil',
  ]);
  expect((await feed(evil)).stderr).toContain('its path has ".."');
  expect(readFileSync(join(cli.directory, 'evil'), 'utf8')).toBe('x');
});
