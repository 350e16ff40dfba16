import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
let terminal: ReturnType<typeof openTerminal>;
beforeAll(() => {
  cli = makeCommandLine();
});
beforeEach(() => {
  terminal = openTerminal({ rows: 30, columns: 100 });
});
afterEach(() => terminal.close());
afterAll(() => cli.remove());

const start = (...args: string[]) => terminal.start(cli, ...args);
const shows = (text: string | RegExp) => terminal.shows(text);
const modes = () => terminal.modes();

/** Types a line when the shell asks for one: what comes before is lost when it sets up the terminal. */
async function enter(line: string): Promise<void> {
  await eventually(() => (terminal.seen().endsWith('# ') ? true : undefined));
  terminal.type(`${line}\n`);
}

describe('sc run -it', () => {
  test('gives a working shell with job control, sizes and the right code', async () => {
    const before = await modes();
    // The host's own sh, which does not ask the terminal where its cursor is, as busybox does.
    const { ended } = start('run', '--rm', '-it', 'host', 'sh');
    await enter('tty; test -t 0 && test -t 1 && test -t 2 && echo all three; echo $TERM');
    await shows(/\/dev\/(pts\/0|console)\r\nall three\r\nxterm\r\n/);
    await enter('stty size');
    await shows(/\n30 100\r\n/);

    await enter('trap "echo resized" WINCH; cat');
    await shows('WINCH; cat\r\n');
    terminal.resize({ rows: 40, columns: 120 });
    terminal.type('meow\n');
    await shows(/\nmeow\r\nmeow\r\n/);
    terminal.type('\x03');
    await shows('resized');
    await enter('echo code $?');
    await shows('code 130');
    await enter('stty size');
    await shows(/\n40 120\r\n/);
    await enter('exit 7');
    expect(await ended).toBe(7);
    expect(await modes()).toBe(before);
  });

  test('shows all that was written before the end', async () => {
    const { ended } = start('run', '--rm', '-it', './rootfs', 'sh', '-c', 'seq 1 20000; echo the last words');
    expect(await ended).toBe(0);
    await shows('\n20000\r\nthe last words\r\n');
  });

  test('leaves the terminal as it was when the container is killed', async () => {
    const before = await modes();
    const { ended } = start('run', '--rm', '--name', 'killed', '-it', './rootfs', 'sleep', '1000');
    await eventually(async () =>
      (await cli.json<ContainerState>('inspect', '--json', 'killed')).status === 'running' ? true : undefined,
    );
    await eventually(async () => ((await modes()) === before ? undefined : true));
    await cli.sc('delete', '--force', 'killed');
    expect(await ended).toBe(137);
    expect(await modes()).toBe(before);
  });

  test('ends the container when the terminal is gone', async () => {
    const { ended } = start('run', '--rm', '-it', '--stop-timeout', '0', 'host', 'sh');
    await enter('trap "" HUP; echo deaf');
    await shows('\ndeaf');
    terminal.close();
    expect(await ended).toBe(137);
  });

  test('leaves it as it was when sc fails', async () => {
    const before = await modes();
    const { ended } = start('run', '--rm', '-it', './rootfs', 'nowhere');
    expect(await ended).toBe(127);
    expect(await modes()).toBe(before);
  });
});

describe('sc run -it --init', () => {
  test('gives a shell with job control, to which pid 1 leaves the terminal', async () => {
    const { ended } = start('run', '--rm', '-it', '--init', 'host', 'sh');
    await enter('cat /proc/1/comm; echo $$; tty');
    await shows(/sc-init\r\n2\r\n\/dev\/(pts\/0|console)\r\n/);

    await enter(`sh -c 'trap "echo go on" CONT; echo begin; while :; do sleep 0.05; done'`);
    await shows('\nbegin\r\n');
    terminal.type('\x1a');
    await shows(/\[1\] \+ Stopped +sh -c/);
    await enter('fg');
    await shows('\ngo on\r\n');
    terminal.type('\x03');
    await enter('echo code $?');
    await shows('code 130');

    await enter('trap "echo resized" WINCH; cat');
    await shows('WINCH; cat\r\n');
    terminal.resize({ rows: 40, columns: 120 });
    terminal.type('meow\n');
    await shows(/\nmeow\r\nmeow\r\n/);
    terminal.type('\x04');
    await shows('resized');
    await enter('stty size');
    await shows(/\n40 120\r\n/);
    await enter('exit 7');
    expect(await ended).toBe(7);
  });

  test('gives the keys of the terminal to a program without a shell', async () => {
    const { ended } = start('run', '--rm', '-it', '--init', './rootfs', 'cat');
    terminal.type('one\n');
    await shows(/one\r\none\r\n/);
    // As without an init, nobody is stopped whom nobody could continue.
    terminal.type('\x1atwo\n');
    await shows(/two\r\ntwo\r\n/);
    terminal.type('\x03');
    expect(await ended).toBe(130);
  });

  test('ends the container when the terminal is gone', async () => {
    const { ended } = start('run', '--rm', '-it', '--init', '--stop-timeout', '0', 'host', 'sh');
    await enter('trap "" HUP; echo deaf');
    await shows('\ndeaf');
    terminal.close();
    expect(await ended).toBe(137);
  });
});

test('-t without -i needs no terminal, and the container has one of 24 by 80', async () => {
  const { stdout } = await cli.sc(
    'run',
    '--rm',
    '-t',
    './rootfs',
    'sh',
    '-c',
    'stty size; test -t 1 && echo yes',
  );
  expect(stdout).toBe('24 80\r\nyes\r\n');
});

test('-i without -t on a terminal hands its file on as it is', async () => {
  const { ended } = start(
    'run',
    '--rm',
    '-i',
    './rootfs',
    'sh',
    '-c',
    'for fd in 0 1 2; do grep flags /proc/self/fdinfo/$fd; done; echo done',
  );
  expect(await ended).toBe(0);
  await shows('done');
  const flags = [...terminal.seen().matchAll(/flags:\s+(\d+)/g)].map(([, octal = '']) =>
    Number.parseInt(octal, 8),
  );
  expect(flags.map((flag) => flag & 0o4000)).toEqual([0, 0, 0]);
});

test('a mistake in a file is shown where it is', async () => {
  const file = cli.write(
    'bad.yaml',
    'apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\nsise: 1Gi\n',
  );
  const { ended } = start('validate', file);
  expect(await ended).toBe(2);
  await shows('4 | sise: 1Gi');
});
