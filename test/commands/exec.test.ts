import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Failure } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ExecResult } from '../../src/schema/operations/exec.ts';
import { eventually, isAlive, makeCommandLine } from '../support/command-line.ts';
import { processesWith } from '../support/processes.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
let init: number;
beforeAll(async () => {
  cli = makeCommandLine();
  const flags = ['--env', 'GREETING=hi', '--workdir', '/tmp', '--name', 'box'];
  await cli.sc('run', '-d', ...flags, './rootfs', 'sleep', '1000');
  init = (await cli.json<ContainerState>('inspect', 'box')).init?.pid ?? 0;
});
afterAll(async () => {
  await cli.sc('delete', '--all', '--force');
  await cli.remove();
});

const exec = (...args: string[]) => cli.sc('exec', ...args);
const sh = (script: string, ...flags: string[]) => exec(...flags, 'box', 'sh', '-c', script);

const processes = () => processesWith(init);

/** Ends what a test has left in the container. */
async function killAllBut(before: readonly number[]): Promise<void> {
  const left = processes().filter((pid) => !before.includes(pid));
  for (const pid of left) process.kill(pid, 'SIGKILL');
  await eventually(() => (left.some(isAlive) ? undefined : true));
}

describe('what is executed', () => {
  test('sees the container, with its environment and working directory', async () => {
    const { stdout, stderr, exitCode } = await sh(
      'echo $GREETING $HOME; pwd; hostname; cat /proc/1/comm; echo err >&2',
    );
    const { id } = await cli.json<ContainerState>('inspect', 'box');
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: `hi /root\n/tmp\n${id.slice(0, 12)}\n${readFileSync(`/proc/${init}/comm`, 'utf8')}`,
      stderr: 'err\n',
      exitCode: 0,
    });
  });

  test('everything after the container belongs to it', async () => {
    const words = ['-it', '--help', '--json', '-d', '--', 'a', 'b', 'a'];
    expect((await exec('box', 'echo', ...words)).stdout).toBe(`${words.join(' ')}\n`);
  });

  test('one -- directly after the container is dropped', async () => {
    expect((await exec('box', '--', 'echo', '--', 'a')).stdout).toBe('-- a\n');
    expect((await exec('--', 'box', 'echo', 'a')).stdout).toBe('a\n');
  });

  test('the container is found by the beginning of its ID too', async () => {
    const { id } = await cli.json<ContainerState>('inspect', 'box');
    expect((await exec(id.slice(0, 6), 'echo', 'here')).stdout).toBe('here\n');
  });

  test('variables are set beside those of the container', async () => {
    const flags = ['-e', 'GREETING=ho', '-e', 'EMPTY=', '--env', 'SC_ROOT', '-e', 'NOWHERE_AT_ALL'];
    const { stdout } = await sh('echo "$GREETING,$EMPTY,$SC_ROOT,$(env | grep -c NOWHERE)"', ...flags);
    expect(stdout).toBe(`ho,,${cli.root},0\n`);
  });

  test('the working directory can be another, and has to be there', async () => {
    expect((await sh('pwd', '-w', '/etc')).stdout).toBe('/etc\n');
    expect(await sh('pwd', '-w', '/nowhere')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(/^sc: working directory "\/nowhere": ENOENT .*\nTry: /),
    });
    expect((await sh('pwd', '-w', 'etc')).stderr).toContain(
      '--workdir: found "etc"; expected an absolute path',
    );
  });

  test.each([
    ['user', '1000 1000 1000 29', '/home/user'],
    ['1000', '1000 1000 1000 29', '/home/user'],
    ['user:audio', '1000 29 29', '/home/user'],
    ['7:8', '7 8 8', '/'],
    ['root:user', '0 1000 1000', '/root'],
  ])('as user %s', async (user, ids, home) => {
    const { stdout } = await sh('echo $(id -u) $(id -g) $(id -G) $HOME', '-u', user);
    expect(stdout).toBe(`${ids} ${home}\n`);
  });

  test('the user is who the files of the container say now', async () => {
    await sh('echo "late:x:4711:4712::/late:/bin/sh" >>/etc/passwd; echo "more:x:4713:late" >>/etc/group');
    expect((await sh('id -u; id -G; echo $HOME', '-u', 'late')).stdout).toBe('4711\n4712 4713\n/late\n');
  });

  test('files that are none are an error, and hold nobody up', async () => {
    await cli.sc('run', '-d', '--name', 'hostile', './rootfs', 'sleep', '1000');
    await exec('-u', '0:0', 'hostile', 'sh', '-c', 'rm /etc/group; ln -s /dev/zero /etc/group');
    expect(await exec('-u', '7:audio', 'hostile', 'id')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('"/etc/group" of the root filesystem: it is a device'),
    });
    await exec('-u', '0:0', 'hostile', 'sh', '-c', 'rm /etc/passwd /etc/group; busybox mkfifo /etc/passwd');
    expect(await exec('hostile', 'id')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('"/etc/passwd" of the root filesystem: it is a FIFO'),
    });
    expect((await exec('-u', 'nobody', 'box', 'id')).stderr).toContain('look for user "nobody"');
    await cli.sc('delete', '--force', 'hostile');
  });

  test('a container in the foreground can be entered too', async () => {
    const runner = execa(
      cli.executable,
      ['run', '--rm', '--name', 'front', './rootfs', 'sleep', '1000'],
      cli.options,
    );
    await eventually(async () => ((await exec('front', 'true')).exitCode === 0 ? true : undefined));
    expect((await exec('front', 'cat', '/proc/1/comm')).stdout).toBe('sleep\n');
    const program = exec('front', 'sleep', '1000');
    const pid = (await cli.json<ContainerState>('inspect', 'front')).init?.pid ?? 0;
    await eventually(() => (processesWith(pid).length === 2 ? true : undefined));
    await cli.sc('delete', '--force', 'front');
    expect((await program).exitCode).toBe(137);
    await runner;
  });
});

describe('exit codes', () => {
  test.each([0, 3, 126, 255])('%i of the program passes through', async (code) => {
    expect((await sh(`exit ${code}`)).exitCode).toBe(code);
  });

  test('a signal n is 128+n', async () => {
    expect((await sh('kill -KILL $$')).exitCode).toBe(137);
  });

  test.each([
    ['nowhere', 127],
    ['/bin/nowhere', 127],
    ['/etc', 126],
    ['/etc/group', 126],
    ['', 127],
  ])('"%s" is %i', async (program, code) => {
    expect((await exec('box', program)).exitCode).toBe(code);
  });

  test.each([
    ['no container', []],
    ['no program', ['box']],
    ['an unknown flag', ['--privileged', 'box', 'true']],
    ['a flag without its value', ['-u']],
    ['a container that is not there', ['nobody', 'true']],
    ['a user that is none', ['-u', '-1', 'box', 'true']],
    ['a variable without a name', ['-e', '=x', 'box', 'true']],
    ['a detached program with input', ['-d', '-i', 'box', 'true']],
    ['a terminal without one to type at', ['-it', 'box', 'true']],
  ])('%s is 125', async (_, args) => {
    const { exitCode, stdout, stderr } = await exec(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 125, stdout: '' });
    expect(stderr).toMatch(/^sc: /);
  });
});

describe('a container that does not run', () => {
  test('is refused when it is stopped, with what to do', async () => {
    await cli.sc('run', '--name', 'past', './rootfs', 'true');
    expect(await exec('past', 'true')).toMatchObject({
      exitCode: 125,
      stderr: 'sc: exec "past": it is stopped, and must be running\nTry: sc start past\n',
    });
  });

  test('is refused when it is paused, with what to do', async () => {
    await cli.sc('run', '-d', '--name', 'still', './rootfs', 'sleep', '1000');
    await cli.sc('pause', 'still');
    expect(await exec('still', 'true')).toMatchObject({
      exitCode: 125,
      stderr: 'sc: exec "still": it is paused, and must be running\nTry: sc resume still\n',
    });
    await cli.sc('resume', 'still');
    expect((await exec('still', 'true')).exitCode).toBe(0);
    await cli.sc('delete', '--force', 'still');
  });
});

describe('with --json', () => {
  test('stdout is one object, and the output is on stderr', async () => {
    const { stdout, stderr } = await exec('--json', 'box', 'sh', '-c', 'echo out; exit 3');
    expect(JSON.parse(stdout)).toMatchObject({ name: 'box', exit: { code: 3, cause: 'exit' } });
    expect(stderr).toBe('out\n');
    expect(await cli.json<ExecResult>('exec', '--json', '-d', 'box', 'true')).toEqual({
      id: expect.any(String),
      name: 'box',
    });
  });

  test('a failure is one too', async () => {
    const { error } = await cli.json<Failure>('exec', '--json', 'box', 'nowhere');
    expect(error).toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND', errno: 'ENOENT' });
  });
});

describe('streams', () => {
  test('input is passed on with -i alone', async () => {
    const options = { ...cli.options, stdin: 'pipe', input: 'some words\n' } as const;
    expect((await execa(cli.executable, ['exec', '-i', 'box', 'cat'], options)).stdout).toBe('some words\n');
    expect((await execa(cli.executable, ['exec', 'box', 'cat'], options)).stdout).toBe('');
  });

  test('a file is written to its end, also where the program leaves somebody behind who holds it', async () => {
    const before = processes();
    const script = '"$0" exec box sh -c "sleep 1000 & seq 1 10000" >words 2>&1; echo $?';
    const { stdout } = await execa('sh', ['-c', script, cli.executable], cli.options);
    expect(stdout).toBe('0\n');
    expect(cli.read('words').trim().split('\n').at(-1)).toBe('10000');
    await killAllBut(before);
  });

  test("a pipe is the program's own", async () => {
    expect((await sh('echo again >/dev/stdout; stat -L -c %u /dev/fd/1', '-u', '1000')).stdout).toBe(
      'again\n1000\n',
    );
  });
});

describe('-t', () => {
  let terminal: ReturnType<typeof openTerminal>;
  beforeEach(() => {
    terminal = openTerminal({ rows: 30, columns: 100 });
  });
  afterEach(() => terminal.close());

  const start = (...args: string[]) => terminal.start(cli, ...args);

  test('with -i gives a shell with job control, sizes and the right code', async () => {
    const before = await terminal.modes();
    const { ended } = start(
      'exec',
      '-it',
      '-u',
      'user',
      'box',
      'sh',
      '-c',
      'echo ready; tty; stty size; cat; echo on; read word; stty size; exit $word',
    );
    await terminal.shows(/ready\r\n\/dev\/pts\/\d+\r\n30 100\r\n/);
    terminal.resize({ rows: 40, columns: 120 });
    terminal.type('meow\n');
    await terminal.shows(/\nmeow\r\nmeow\r\n/);
    terminal.type('\x04');
    await terminal.shows(/\non\r\n/);
    terminal.type('7\n');
    expect(await ended).toBe(7);
    await terminal.shows('40 120');
    expect(await terminal.modes()).toBe(before);
  });

  test('ctrl-c ends what runs in it, and the terminal is as it was', async () => {
    const before = await terminal.modes();
    const { ended } = start('exec', '-it', 'box', 'sh', '-c', 'echo ready; sleep 1000');
    await terminal.shows('ready');
    terminal.type('\x03');
    expect(await ended).toBe(130);
    expect(await terminal.modes()).toBe(before);
  });

  test('the program ends when the terminal is gone', async () => {
    const before = processes();
    start('exec', '-it', 'box', 'sh', '-c', 'echo ready; sleep 1000');
    await terminal.shows('ready');
    terminal.close();
    await eventually(() => (processes().length === before.length ? true : undefined));
  });

  test('alone needs no terminal, and the program has one of 24 by 80', async () => {
    const { stdout } = await sh('stty size; test -t 0 && test -t 1 && echo $TERM', '-t');
    expect(stdout).toBe('24 80\r\nxterm\r\n');
  });
});

describe('signals', () => {
  const loop = 'echo ready; while :; do sleep 0.05; done';

  async function start(script: string) {
    const program = execa(cli.executable, ['exec', 'box', 'sh', '-c', script], cli.options);
    let output = '';
    program.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await eventually(() => (output.includes('ready') ? true : undefined));
    return { program, output: () => output };
  }

  test('reach the program', async () => {
    const names = ['HUP', 'INT', 'QUIT', 'USR1', 'TERM'];
    const { program, output } = await start(
      `${names.map((name) => `trap "echo got ${name}" ${name}`).join('; ')}; trap "exit 5" USR2; ${loop}`,
    );
    for (const name of names) {
      program.kill(`SIG${name}` as NodeJS.Signals);
      await eventually(() => (output().includes(`got ${name}\n`) ? true : undefined));
    }
    program.kill('SIGUSR2');
    expect((await program).exitCode).toBe(5);
  });

  test('are real-time signals too, which no JavaScript hears', async () => {
    const { program } = await start(`trap "exit 5" 37; ${loop}`);
    await execa('kill', ['-37', String(program.pid)]);
    expect((await program).exitCode).toBe(5);
  });

  test('the third request to end a program that will not is SIGKILL, and said', async () => {
    const { program, output } = await start(`trap "echo no" INT TERM; ${loop}`);
    for (const [index, signal] of (['SIGINT', 'SIGTERM'] as const).entries()) {
      program.kill(signal);
      // Two of one kind that are pending are one.
      await eventually(() => (output().split('no\n').length > index + 1 ? true : undefined));
    }
    program.kill('SIGINT');
    expect(await program).toMatchObject({
      exitCode: 137,
      stderr: 'sc: SIGINT for the third time: the program in "box" is killed\n',
    });
  });

  test('at any moment of a start leave nothing inside', async () => {
    const before = processes();
    for (const delay of [60, 90, 120, 140, 150, 160, 170, 180, 200, 230]) {
      for (const signal of ['SIGINT', 'SIGKILL'] as const) {
        const program = exec('box', 'sleep', '1000');
        await sleep(delay);
        program.kill(signal);
        await program;
      }
    }
    await eventually(() => (processes().length === before.length ? true : undefined));
  });
});

describe('-d', () => {
  test('lets the program go on alone', async () => {
    const before = processes();
    const { exitCode, stdout } = await exec(
      '-d',
      'box',
      'sh',
      '-c',
      'sleep 0.5; echo done >/tmp/late; sleep 1000',
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    await eventually(async () => ((await sh('cat /tmp/late')).stdout === 'done\n' ? true : undefined));
    expect(processes().length).toBeGreaterThan(before.length);
    await killAllBut(before);
  });

  test('its keeper is where that of the container is', async () => {
    await exec('-d', 'box', 'sleep', '4711');
    const pid = processes().find(
      (each) => readFileSync(`/proc/${each}/cmdline`, 'utf8') === 'sleep\u00004711\0',
    );
    const [, keeper] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const { keeper: ofContainer } = await cli.json<ContainerState>('inspect', 'box');
    const groups = (of: string | number | undefined) => readFileSync(`/proc/${of}/cgroup`, 'utf8');
    expect(groups(keeper)).toBe(groups(ofContainer?.pid));
    expect(groups(pid)).toBe(groups(init));
    process.kill(pid ?? 0, 'SIGKILL');
  });

  test('a program that cannot be executed is an error all the same', async () => {
    expect((await exec('-d', 'box', 'nowhere')).exitCode).toBe(127);
  });
});
