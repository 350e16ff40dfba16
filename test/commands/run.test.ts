import { mkdirSync, readdirSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { parseAnswer } from '../support/answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

const run = (...args: string[]) => cli.sc('run', '--rm', ...args);
const sh = (script: string, ...flags: string[]) => run(...flags, './rootfs', 'sh', '-c', script);

describe('what is run', () => {
  test("a program of a directory, its output on the caller's streams", async () => {
    expect(await sh('echo out; echo err >&2')).toMatchObject({
      exitCode: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('a program of the host, which sees nothing of the user', async () => {
    const { stdout } = await run('host', 'sh', '-c', 'echo $$; hostname; ls -A /root /home | wc -w');
    expect(stdout).toMatch(/^1\n[0-9a-f]{12}\n\d\n$/);
  });

  test('everything after the image belongs to the container', async () => {
    const words = ['--rm', '-it', '--help', '--json', '--', 'a', 'b', 'a'];
    expect((await run('./rootfs', 'echo', ...words)).stdout).toBe(`${words.join(' ')}\n`);
  });

  test('with --init a small init is process 1, and the code stays that of the program', async () => {
    const script = 'cat /proc/1/comm; echo $$; kill -TERM $$';
    expect(await sh(script, '--init')).toMatchObject({ exitCode: 143, stdout: 'sc-init\n2\n', stderr: '' });
    expect((await run('--init', './rootfs', 'nowhere')).exitCode).toBe(127);
  });

  test('one -- directly after the image is dropped', async () => {
    expect((await run('./rootfs', '--', 'echo', '--', 'a')).stdout).toBe('-- a\n');
    expect((await run('--', './rootfs', 'echo', 'a')).stdout).toBe('a\n');
  });

  test('strange words arrive as they are', async () => {
    const words = ['', ' ', '$HOME', '$\u007bHOME}', '"', "'", '\\n', 'ä', '\u2028', '~'];
    const { stdout } = await run('./rootfs', 'sh', '-c', 'printf "[%s]" "$@"', 'sh', ...words);
    expect(stdout).toBe(words.map((word) => `[${word}]`).join(''));
  });
});

describe('exit codes', () => {
  test.each([0, 3, 126, 255])('%i of the container passes through', async (code) => {
    expect((await sh(`exit ${code}`)).exitCode).toBe(code);
  });

  test('a signal n is 128+n', async () => {
    expect((await sh('trap "exit 9" TERM; sh -c "kill -KILL \\$\\$"; exit $?')).exitCode).toBe(137);
    expect((await run('-m', '16m', './rootfs', 'sh', '-c', 'x=a; while :; do x=$x$x; done')).exitCode).toBe(
      137,
    );
  });

  test('127 where the program is not there', async () => {
    const { exitCode, stderr } = await run('./rootfs', 'nowhere');
    expect(exitCode).toBe(127);
    expect(stderr).toMatch(/^sc: .*"nowhere".*\nTry: /);
  });

  test('its own where it was stopped at its deadline, and ps says why it ended', async () => {
    const script = 'trap "exit 3" TERM; while :; do sleep 0.1; done';
    const args = ['--name', 'timed', '--timeout', '1', './rootfs', 'sh', '-c', script];
    expect(await cli.sc('run', ...args)).toMatchObject({ exitCode: 3, stdout: '', stderr: '' });
    expect((await cli.sc('ps', '--all')).stdout).toContain('Exited (3, deadline)');
    await cli.sc('delete', 'timed');
  });

  test.each([['/etc'], ['/etc/passwd']])('126 where it is %s', async (path) => {
    const { exitCode, stderr } = await run('./rootfs', path);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 126,
      stderr: expect.stringContaining(`"${path}"`),
    });
  });

  test.each([
    ['no image', []],
    ['no program', ['./rootfs']],
    ['an empty program', ['./rootfs', '']],
    ['an unknown flag', ['--memmory', '1g', './rootfs', 'true']],
    ['a flag without its value', ['--memory']],
    ['a bad size', ['-m', 'lots', './rootfs', 'true']],
    ['an image that is no directory', ['./nowhere', 'true']],
    ['an image that cannot be used yet', ['debian', 'true']],
    ['an unknown user', ['-u', 'nobody-here', './rootfs', 'true']],
    ['a user number above 2^31', ['-u', '4294967296', './rootfs', 'true']],
    ['a negative user', ['-u=-1', './rootfs', 'true']],
    ['a hexadecimal user', ['-u', '0x0', './rootfs', 'true']],
    ['a mount without source on the host', ['-v', './nowhere:/x', './rootfs', 'true']],
    ['an unknown backend', ['--backend', 'nautical', './rootfs', 'true']],
    ['an unknown storage driver', ['--storage-driver', 'overlap', './rootfs', 'true']],
    ['a terminal that is none', ['-it', './rootfs', 'true']],
  ])('125 for %s, with one line that says why, and nothing is left', async (_what, args) => {
    const { exitCode, stdout, stderr } = await run(...args);
    expect(exitCode).toBe(125);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^sc: \S/);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
  });

  test('125 without the power to make a container', async () => {
    const { stderr, exitCode } = await execa(
      'setpriv',
      ['--bounding-set=-sys_admin', cli.executable, 'run', './rootfs', 'true'],
      cli.options,
    );
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(/^sc: start container ".*": sc has no CAP_SYS_ADMIN\nTry: run sc as root\n/);
  });

  test('125 in a chroot whose root is no mount, and without /sys, with what to do', async () => {
    // All of it stands in a filesystem that only the namespace has.
    const chroot = `mount -t tmpfs none place && mkdir place/root && for path in /*; do
        if test -L $path; then cp -a $path place/root/
        elif test -d $path; then mkdir place/root$path; mount --rbind $path place/root$path
        fi
      done && exec chroot place/root "$@"`;
    const bare = 'umount -Rl /sys && exec "$@"';
    mkdirSync(join(cli.directory, 'place'));
    for (const [script, expected] of [
      [chroot, /^sc: keep mounts private: EINVAL .*\nTry: give a chroot /],
      [bare, /^sc: find control groups: neither .*\nTry: /],
    ] as const) {
      const words = ['-m', 'sh', '-c', script, '-', cli.executable];
      const { stderr, exitCode } = await execa(
        'unshare',
        [...words, 'run', join(cli.directory, 'rootfs'), 'true'],
        cli.options,
      );
      expect({ exitCode, stderr }).toEqual({ exitCode: 125, stderr: expect.stringMatching(expected) });
    }
    rmdirSync(join(cli.directory, 'place'));
  });

  test('a near miss is told', async () => {
    expect((await run('--memmory', '1g', './rootfs', 'true')).stderr).toContain('did you mean --memory');
    expect((await run('--backend', 'nativ', './rootfs', 'true')).stderr).toContain('did you mean native');
  });
});

describe('flags', () => {
  test('-e, -w, -u, -h, --umask', async () => {
    const flags = [
      '-e',
      'A=1',
      '-e',
      'B=two words',
      '-w',
      '/made/up',
      '-u',
      'user',
      '-h',
      'box',
      '--umask',
      '077',
    ];
    const { stdout } = await sh('echo $A, $B; pwd; id -un; hostname; umask', ...flags);
    expect(stdout).toBe('1, two words\n/made/up\nuser\nbox\n0077\n');
  });

  test('-e NAME takes the value of the caller, whose environment stays outside else', async () => {
    const { stdout } = await execa(cli.executable, ['run', '--rm', '-e', 'SEEN', './rootfs', 'env'], {
      ...cli.options,
      env: { ...cli.options.env, SEEN: 'yes', HIDDEN: 'no' },
    });
    expect(stdout.trim().split('\n').sort()).toEqual([
      expect.stringMatching(/^HOME=\/root$/),
      expect.stringMatching(/^HOSTNAME=[0-9a-f]{12}$/),
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'SEEN=yes',
    ]);
  });

  test('-v, -v :ro and --tmpfs', async () => {
    mkdirSync(join(cli.directory, 'data'), { recursive: true });
    writeFileSync(join(cli.directory, 'data/seen'), 'hi\n');
    const flags = ['-v', './data:/rw', '-v', './data:/ro:ro', '--tmpfs', '/t:size=64k'];
    const { stdout } = await sh(
      'cat /ro/seen; echo x > /rw/new; echo x > /ro/no; dd if=/dev/zero of=/t/f bs=1k count=128',
      ...flags,
    );
    expect(stdout).toBe('hi\n');
    expect(readdirSync(join(cli.directory, 'data')).sort()).toEqual(['new', 'seen']);
  });

  test('--read-only', async () => {
    const { exitCode, stderr } = await sh('echo x > /file', '--read-only');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('Read-only file system');
  });

  test('--pids-limit, --ulimit, --cap-drop, --security-opt', async () => {
    const flags = ['--pids-limit', '7', '--ulimit', 'nofile=77:88', '--cap-drop', 'ALL', '--cap-add', 'kill'];
    const { stdout } = await sh(
      'ulimit -n; ulimit -Hn; grep CapEff /proc/self/status; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; grep NoNewPrivs /proc/self/status',
      ...flags,
      '--security-opt',
      'no-new-privileges=false',
    );
    expect(stdout).toBe('77\n88\nCapEff:\t0000000000000020\n7\nNoNewPrivs:\t0\n');
  });

  test('--entrypoint', async () => {
    expect((await run('--entrypoint', 'echo', './rootfs', 'a', 'b')).stdout).toBe('a b\n');
  });

  test('--rm=false keeps the container', async () => {
    await cli.sc('run', '--rm', '--rm=false', '--name', 'kept', './rootfs', 'true');
    // As the last one that is said counts.
    expect((await cli.sc('delete', 'kept')).exitCode).toBe(0);
  });
});

describe('streams', () => {
  test('without -i standard input is /dev/null', async () => {
    const { stdout } = await execa(cli.executable, ['run', '--rm', './rootfs', 'cat'], {
      ...cli.options,
      stdin: 'pipe',
      input: 'unread',
    });
    expect(stdout).toBe('');
  });

  test("with -i it is the caller's, to the last byte", async () => {
    const input = 'x'.repeat(1_000_000);
    const { stdout } = await execa(cli.executable, ['run', '--rm', '-i', './rootfs', 'wc', '-c'], {
      ...cli.options,
      stdin: 'pipe',
      input,
    });
    expect(stdout.trim()).toBe('1000000');
  });

  test("the caller's pipes are handed on as they are, not made non-blocking", async () => {
    const script = 'for fd in 0 1 2; do grep flags /proc/self/fdinfo/$fd; done';
    const { stdout } = await execa(
      'sh',
      ['-c', `: | "$0" run --rm -i ./rootfs sh -c '${script}' 2>&1 | cat`, cli.executable],
      cli.options,
    );
    const flags = stdout
      .trim()
      .split('\n')
      .map((line) => Number.parseInt(line.split('\t')[1] ?? '', 8));
    expect(flags.map((flag) => flag & 0o4000)).toEqual([0, 0, 0]);
  });

  test('a reader that leaves ends the writer, as in any pipe', async () => {
    const { stdout } = await execa(
      'sh',
      ['-c', '"$0" run --rm ./rootfs seq 1 1000000 | head -1', cli.executable],
      cli.options,
    );
    expect(stdout).toBe('1\n');
  });

  test("--json prints one object on stdout, and the container's output goes to stderr", async () => {
    const { stdout, stderr, exitCode } = await cli.sc(
      'run',
      '--json',
      '--rm',
      '--name',
      'told',
      './rootfs',
      'sh',
      '-c',
      'echo out; exit 3',
    );
    expect(exitCode).toBe(3);
    expect(stderr).toBe('out\n');
    expect(parseAnswer(stdout)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'told',
      exit: { code: 3, cause: 'exit' },
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      removed: true,
    });
  });

  test('--json prints one object for an error too', async () => {
    const { stdout, stderr, exitCode } = await cli.sc('run', '--json', './rootfs', 'nowhere');
    expect({ exitCode, stderr }).toEqual({ exitCode: 127, stderr: '' });
    expect(parseAnswer(stdout)).toMatchObject({ error: { code: 'SC_PROGRAM_NOT_FOUND', errno: 'ENOENT' } });
  });
});

describe('afterwards', () => {
  test('a container is kept with its end, and its name is taken', async () => {
    await cli.sc('run', '--name', 'kept', './rootfs', 'sh', '-c', 'exit 4');
    expect(await cli.json<ContainerState>('inspect', 'kept')).toMatchObject({
      name: 'kept',
      status: 'stopped',
      exit: { code: 4, cause: 'exit' },
      spec: { process: { args: ['sh', '-c', 'exit 4'] } },
    });
    const { exitCode, stderr } = await cli.sc('run', '--name', 'kept', './rootfs', 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(/^sc: the name "kept" is taken .*\nTry: sc delete kept/);
    await cli.sc('delete', 'kept');
  });

  test('of many with one name, one wins', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, () => cli.sc('run', '--name', 'one', './rootfs', 'sleep', '1')),
    );
    expect(outcomes.map(({ exitCode }) => exitCode).sort()).toEqual([0, 125, 125, 125, 125, 125]);
    await cli.sc('delete', 'one');
  });

  test('with --rm nothing stays', async () => {
    await sh('echo x > /file');
    expect(readdirSync(join(cli.root, 'containers')).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(readdirSync(join(cli.root, 'storage/overlay')).filter((name) => !name.startsWith('.'))).toEqual(
      [],
    );
    expect(readlinkSync(join(cli.directory, 'rootfs/bin/sh'))).toBe('busybox');
    expect(cli.exists('rootfs/file')).toBe(false);
  });
});
