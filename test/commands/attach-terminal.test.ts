import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { openStore } from '../../src/state/store.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
let terminal: ReturnType<typeof openTerminal>;
let before: string;
beforeAll(() => {
  cli = makeCommandLine();
});
beforeEach(async () => {
  terminal = openTerminal({ rows: 30, columns: 100 });
  before = await terminal.modes();
});
afterEach(async () => {
  terminal.close();
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const KEYS = '\x10\x11';

/** A shell of the host in the background: it does not ask the terminal where its cursor is, as busybox does. */
async function runShell(...flags: string[]): Promise<void> {
  const { stderr } = await cli.sc('run', '-d', '-it', '--name', 'shell', ...flags, 'host', 'sh');
  expect(stderr).toBe('');
}

/** Attached, and nothing was typed yet. */
async function attach(at = terminal, ...flags: string[]) {
  const started = at.start(cli, 'attach', '--tail', 'all', ...flags, 'shell');
  await at.shows('# ');
  return started;
}

/** Types a line, and waits for what it makes the shell say. */
async function enter(line: string, answer: string | RegExp, at = terminal): Promise<void> {
  at.type(`${line}\r`);
  await at.shows(answer);
}

describe('sc attach with a terminal', () => {
  test('is a terminal: types, controls jobs, resizes, leaves, comes back, ends', async () => {
    await runShell();
    const first = await attach();
    await enter('tty; test -t 0 && test -t 1 && test -t 2 && echo all three', /\/pts\/0\r\nall three\r\n/);
    await enter('test /dev/console -ef "$(tty)" && echo "same as console"', '\nsame as console');
    await enter('echo "size $(stty size)"', 'size 30 100');
    await enter('sleep 1000', 'sleep 1000\r\n');
    terminal.type('\x1a');
    await enter('jobs', /Stopped +sleep 1000/);
    await enter('fg', /fg\r\nsleep 1000\r\n/);
    terminal.type('\x03');
    await enter('echo "code $?"', 'code 130');
    await enter('trap "echo resized" WINCH; echo set', '\nset');
    terminal.resize({ rows: 40, columns: 120 });
    await enter('', 'resized');
    await enter('echo "size $(stty size)"', 'size 40 120');

    terminal.type(KEYS);
    expect(await first.ended).toBe(0);
    await terminal.shows('sc: "shell" runs on; sc attach shell comes back to it');
    expect(await terminal.modes()).toBe(before);
    expect((await inspect('shell')).status).toBe('running');

    terminal.clear();
    const second = await attach();
    await terminal.shows('code 130');
    await enter('exit 7', 'exit 7');
    expect(await second.ended).toBe(7);
    expect(await terminal.modes()).toBe(before);
  });

  test('is one that an editor takes', async () => {
    await cli.sc('run', '-d', '-it', '--name', 'editor', './rootfs', 'busybox', 'vi', '/text');
    const { ended } = terminal.start(cli, 'attach', 'editor');
    await terminal.shows('~');
    terminal.type('imeow');
    await terminal.shows('meow');
    terminal.type('\x1b');
    await terminal.shows('- /text [');
    terminal.type(':wq\r');
    expect(await ended).toBe(0);
    const { id } = await inspect('editor');
    expect(readFileSync(join(cli.root, 'storage/overlay', id, 'upper/text'), 'utf8')).toBe('meow\n');
    expect(await terminal.modes()).toBe(before);
  });

  test('is one that tmux takes, with windows that are left and come back to', async () => {
    // Keys that come as fast as these would be taken for pasted.
    const tmux = [
      'tmux',
      '-f',
      '/dev/null',
      'start',
      ';',
      'set',
      '-g',
      'assume-paste-time',
      '0',
      ';',
      'new',
      'sh',
    ];
    await cli.sc('run', '-d', '-it', '--name', 'shell', 'host', ...tmux);
    const first = await attach();
    await enter('echo $((61 * 67))', '4087');
    terminal.type('\x02c');
    await terminal.shows(' 1:');
    await enter('echo "size $(stty size)"', 'size 29 100');
    terminal.type(KEYS);
    expect(await first.ended).toBe(0);
    terminal.clear();
    const { ended } = terminal.start(cli, 'attach', 'shell');
    await terminal.shows('size 29 100');
    await enter('exit', '4087');
    terminal.type('exit\r');
    expect(await ended).toBe(0);
    expect(await terminal.modes()).toBe(before);
  });

  test('tells a program of the size though it is the same, so that it draws its screen anew', async () => {
    await runShell();
    await cli.sc(
      'run',
      '-d',
      '-t',
      '--name',
      'screen',
      './rootfs',
      'sh',
      '-c',
      'trap "echo drawn \\$(stty size)" WINCH; echo ready; while :; do sleep 0.02; done',
    );
    const one = terminal.start(cli, 'attach', '--tail', 'all', 'screen');
    await terminal.shows('drawn 30 100');
    one.child.kill('SIGTERM');
    await one.ended;
    terminal.clear();
    terminal.start(cli, 'attach', 'screen');
    await terminal.shows('drawn 30 100');
  });

  test('gives a program the size of who came or changed it last', async () => {
    await runShell();
    const other = openTerminal({ rows: 20, columns: 70 });
    try {
      await attach();
      await enter('echo "size $(stty size)"', 'size 30 100');
      await attach(other);
      await enter('echo "size $(stty size)"', 'size 20 70', other);
      await terminal.shows('size 20 70');
      terminal.resize({ rows: 33, columns: 99 });
      await eventually(async () => {
        terminal.type('echo "size $(stty size)"\r');
        return other.seen().includes('size 33 99') ? true : undefined;
      });
    } finally {
      other.close();
    }
  });

  test('passes on keys that do not become the detach keys, also when nothing follows', async () => {
    await runShell();
    await attach();
    await enter('cat -v', 'cat -v\r\n');
    await enter('\x10a\x10\x10', '^Pa^P^P\r\n');
    // No line: the terminal inside shows what it was given.
    terminal.type('\x10');
    await terminal.shows(/\^P\^P\r\n\^P$/);
    terminal.type('\x11');
    await terminal.shows('runs on');
  });

  test.each([
    ['those that were asked for at the start', ['--detach-keys', 'ctrl-a,x'], [], '\x01x'],
    ['its own', [], ['--detach-keys', 'ctrl-],d'], '\x1dd'],
  ])('is left by other keys: %s', async (_, runFlags, flags, keys) => {
    await runShell(...runFlags);
    const { ended } = await attach(terminal, ...flags);
    await enter('stty -ixon; echo set; cat -v', '\nset');
    await enter(KEYS, '^P^Q\r\n');
    terminal.type(keys);
    expect(await ended).toBe(0);
  });

  test('is left by no keys where there are none', async () => {
    await runShell('--detach-keys', '');
    await attach();
    await enter('stty -ixon; echo set; cat -v', '\nset');
    await enter(KEYS, '^P^Q\r\n');
  });

  test('takes much that is pasted, though the program does not read, and can be left then', async () => {
    await runShell();
    const { ended } = await attach();
    await enter('stty raw -echo; echo raw; sleep 1000', /\nraw/);
    terminal.type('x'.repeat(20_000));
    terminal.type(KEYS);
    expect(await ended).toBe(0);
  });

  test('goes to its terminal again when it was stopped and goes on', async () => {
    await runShell();
    const { child } = await attach();
    child.kill('SIGSTOP');
    // As a shell does with the terminal of a job that is stopped.
    execFileSync('stty', ['sane'], { stdio: [terminal.slave, 'ignore', 'inherit'] });
    child.kill('SIGCONT');
    await eventually(async () => ((await terminal.modes()).includes('-icanon') ? true : undefined));
    await enter('echo "size $(stty size)"', 'size 30 100');
  });
});

describe('sc run -it', () => {
  /** A shell of the host at the terminal, to which nothing was typed yet. */
  async function runAtTerminal(...flags: string[]) {
    const started = terminal.start(cli, 'run', '-it', '--name', 'shell', ...flags, 'host', 'sh');
    await terminal.shows('# ');
    return started;
  }

  test('is left by its keys, runs on in the background, and can be come back to', async () => {
    const { ended } = await runAtTerminal();
    await enter('echo first', '\nfirst');
    terminal.type(KEYS);
    expect(await ended).toBe(0);
    await terminal.shows('sc: "shell" runs on; sc attach shell comes back to it');
    expect(await terminal.modes()).toBe(before);
    expect(await inspect('shell')).toMatchObject({ status: 'running', detached: true });

    terminal.clear();
    const second = terminal.start(cli, 'attach', '--tail', 'all', 'shell');
    terminal.type('echo second\r');
    await terminal.shows('\nsecond');
    // What was seen at the terminal was kept nowhere.
    expect(terminal.seen()).not.toContain('first');
    await enter('exit 7', 'exit 7');
    expect(await second.ended).toBe(7);
    await eventually(async () => ((await inspect('shell')).status === 'stopped' ? true : undefined));
    expect((await inspect('shell')).exit).toEqual({ code: 7, cause: 'exit' });
  });

  test('cannot be attached to before, and the error says how it is left', async () => {
    await runAtTerminal('--detach-keys', 'ctrl-a,x');
    expect(await cli.sc('attach', 'shell')).toMatchObject({
      exitCode: 1,
      stderr: `sc: attach to "shell": it runs on the streams of the sc that started it
Try: ctrl-a x at that terminal, if sc run has started it: then it runs on in the background
Try: sc run -d starts one in the background
`,
    });
  });

  test('keeps what it writes from then on as its flags say', async () => {
    await runAtTerminal('--detach-keys', 'ctrl-a,x', '--log-opt', 'max-size=64k', '--log-opt', 'max-file=2');
    terminal.type('\x01x');
    await terminal.shows('runs on');
    const attached = terminal.start(cli, 'attach', 'shell');
    terminal.type('seq 1000000; exit\r');
    await attached.ended;
    const { id } = await inspect('shell');
    const log = join(cli.root, 'containers', id, 'log');
    expect(readdirSync(log).sort()).toEqual(['data', 'data.1', 'index', 'index.1']);
    const sizes = readdirSync(log).map((file) => statSync(join(log, file)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(2 * 64 * 1024);
  });

  test('has the monitor record its end, and delete it with --rm', async () => {
    const { ended } = await runAtTerminal('--rm', '--init');
    terminal.type(KEYS);
    expect(await ended).toBe(0);
    const { init, runner, keeper } = await inspect('shell');
    expect(runner.pid).not.toBe(keeper?.pid);
    process.kill(init?.pid ?? 0, 'SIGKILL');
    await eventually(async () => ((await cli.sc('inspect', 'shell')).exitCode === 1 ? true : undefined));
  });

  test('is known to run on though its sc died before it could record that', async () => {
    await runShell();
    const { id } = await inspect('shell');
    const store = await openStore(cli.root);
    const runner = { pid: process.pid, startTime: 1 };
    await store.update(id, ({ detached, ...state }) => ({ ...state, runner }));
    await cli.sc('stop', '--time', '0', 'nobody');
    expect(await inspect('shell')).toMatchObject({ status: 'running', detached: true });
    await attach();
  });

  test('stays where its log cannot be made, and says so', async () => {
    await runAtTerminal();
    const { id } = await inspect('shell');
    cli.write(`store/containers/${id}/log`, 'in the way');
    terminal.type(KEYS);
    await terminal.shows(/sc: leave "shell" in the background: make its log: mkdir ".*log": EEXIST/);
    expect((await inspect('shell')).detached).toBeUndefined();
    await enter('echo "still $((1 + 1))"', 'still 2');
  });

  test('is left by no keys where there are none', async () => {
    await runAtTerminal('--detach-keys', '');
    await enter('stty -ixon; echo set; cat -v', '\nset');
    await enter(KEYS, '^P^Q\r\n');
  });

  test('answers with --json which one it is that runs on', async () => {
    const { ended } = await runAtTerminal('--json');
    terminal.clear();
    terminal.type(KEYS);
    expect(await ended).toBe(0);
    const { id } = await inspect('shell');
    await terminal.shows(`"id": "${id}"`);
  });
});

describe('the terminal is as it was before', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGUSR2', 140],
  ] as const)('after %s, and the container lives on', async (signal, code) => {
    await runShell();
    const { child, ended } = await attach();
    expect(await terminal.modes()).not.toBe(before);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(await terminal.modes()).toBe(before);
    expect((await inspect('shell')).status).toBe('running');
  });

  test('after the end of the container, whoever has ended it', async () => {
    await runShell();
    const { ended } = await attach();
    await cli.sc('stop', '--time', '0', 'shell');
    expect(await ended).toBe(137);
    expect(await terminal.modes()).toBe(before);
  });

  test('after the keeper was killed', async () => {
    await runShell();
    const { ended } = await attach();
    const { keeper } = await inspect('shell');
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    expect(await ended).toBe(125);
    await terminal.shows('sc: "shell": nobody knows how its program ended: its keeper was killed');
    expect(await terminal.modes()).toBe(before);
  });

  test('sc ends when it is gone, and the container lives on', async () => {
    await runShell();
    const { ended } = await attach();
    terminal.close();
    expect(await ended).toBe(129);
    expect((await inspect('shell')).status).toBe('running');
  });
});
