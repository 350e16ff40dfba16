import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { AttachResult } from '../../src/schema/operations/attach.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { FrameDecoder } from '../support/frame-decoder.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const children: ChildProcess[] = [];
const inspect = (name: string) => cli.json<ContainerState>('inspect', name);

/** In the background; `--rm` among the flags deletes it when it has ended. */
async function run(name: string, flags: readonly string[], ...args: string[]): Promise<void> {
  const { stderr } = await cli.sc('run', '-d', '--name', name, ...flags, './rootfs', ...args);
  expect(stderr).toBe('');
}

/** sc with pipes, and what it has written until now. */
function begin(...args: string[]) {
  const child = spawn(cli.executable, args, {
    cwd: cli.options.cwd,
    env: { ...process.env, ...cli.options.env },
    stdio: 'pipe',
  });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  // All that it has written is here by then.
  const ended = once(child, 'close').then(([code]) => code as number);
  return {
    child,
    ended,
    out: () => out,
    err: () => err,
    type: (text: string) => child.stdin.write(text),
    shows: (text: string) => eventually(() => (out.includes(text) ? true : undefined)),
  };
}

/** Waits until `goOn`, so that somebody can be attached before. */
const gate = 'while [ ! -e /gate/open ]; do sleep 0.02; done; rm /gate/open';
const withGate = () => {
  mkdirSync(join(cli.directory, 'gate'), { recursive: true });
  return ['-v', './gate:/gate'];
};
const goOn = () => cli.write('gate/open', '');

describe('sc attach', () => {
  test('shows what is written from now on, each stream on its own, and ends with its code', async () => {
    await run('job', ['-i'], 'sh', '-c', 'echo before; read line; echo "out $line"; echo err >&2; exit 7');
    await eventually(async () => ((await cli.sc('logs', 'job')).stdout === 'before\n' ? true : undefined));
    const { out, err, ended, type } = begin('attach', 'job');
    type('hello\n');
    expect(await ended).toBe(7);
    expect([out(), err()]).toEqual(['out hello\n', 'err\n']);
  });

  test('answers with --json how it has ended, whatever becomes of its record', async () => {
    await run('job', ['-i', '--rm'], 'sh', '-c', 'read line; echo "$line"; exit 7');
    const { child, ended, out, err } = begin('attach', '--json', 'job');
    child.stdin.end('hello\n');
    expect(await ended).toBe(7);
    expect(err()).toBe('hello\n');
    expect(JSON.parse(out()) as AttachResult).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      name: 'job',
      exit: { code: 7, cause: 'exit' },
    });
  });

  test.each([
    [['--tail', '1'], 'two\nthree\n'],
    [['--tail', 'all'], 'one\ntwo\nthree\n'],
    [['--tail', '0'], 'three\n'],
    [['--since', '1h'], 'one\ntwo\nthree\n'],
    [['--since', '2000-01-01T00:00:00Z', '--tail', '1'], 'two\nthree\n'],
  ])('%j brings what was written before first', async (flags, text) => {
    await run('job', ['-i'], 'sh', '-c', 'echo one; echo two; read line; echo three');
    await eventually(async () => ((await cli.sc('logs', 'job')).stdout === 'one\ntwo\n' ? true : undefined));
    const { child, ended, out } = begin('attach', ...flags, 'job');
    child.stdin.end('\n');
    expect(await ended).toBe(0);
    expect(out()).toBe(text);
  });

  test('shows two at once the same', async () => {
    await run(
      'job',
      ['-i'],
      'sh',
      '-c',
      'while read line; do echo "$line"; [ "$line" = end ] && exit 3; done',
    );
    const both = [begin('attach', '--tail', 'all', 'job'), begin('attach', '--tail', 'all', 'job')];
    const [one, other] = both;
    one?.type('from one\n');
    await Promise.all(both.map(({ shows }) => shows('from one\n')));
    other?.type('from the other\nend\n');
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([3, 3]);
    for (const { out } of both) expect(out()).toBe('from one\nfrom the other\nend\n');
  });

  test('stalls nobody where nobody reads what it shows', async () => {
    await run('flood', withGate(), 'sh', '-c', `echo 0; ${gate}; seq 1 200000; exit 5`);
    const [slow, stopped] = [begin('attach', '-n', 'all', 'flood'), begin('attach', '-n', 'all', 'flood')];
    await Promise.all([slow.shows('0\n'), stopped.shows('0\n')]);
    slow.child.stdout.pause();
    stopped.child.kill('SIGSTOP');
    goOn();
    const state = await eventually(async () => {
      const now = await inspect('flood');
      return now.status === 'stopped' ? now : undefined;
    });
    expect(state.exit).toEqual({ code: 5, cause: 'exit' });
    slow.child.stdout.resume();
    expect(await slow.ended).toBe(5);
    expect(slow.out()).toMatch(/\n200000\n$/);
    expect(slow.out().split('\n')).toHaveLength(200_002);
  });

  test.each(['SIGSTOP', 'SIGKILL'] as const)('needs no monitor: %s', async (signal) => {
    await run('job', ['-i'], 'sh', '-c', 'read line; echo "$line"; exit 4');
    const { runner } = await inspect('job');
    process.kill(runner.pid, signal);
    try {
      const { child, ended, out } = begin('attach', 'job');
      child.stdin.end('hello\n');
      expect(await ended).toBe(4);
      expect(out()).toBe('hello\n');
    } finally {
      if (signal === 'SIGSTOP') process.kill(runner.pid, 'SIGCONT');
    }
  });

  test('works where nothing is kept of what it writes', async () => {
    await run('job', ['-i', '--log-driver', 'none'], 'sh', '-c', 'read line; echo "$line"; exit 4');
    const { child, ended, out } = begin('attach', 'job');
    child.stdin.end('hello\n');
    expect(await ended).toBe(4);
    expect(out()).toBe('hello\n');
  });

  test('ends with the run that it was attached to, though another begins', async () => {
    const script = `echo run; ${gate}; exit 3`;
    await run('again', ['--restart', 'always', ...withGate()], 'sh', '-c', script);
    const { ended, out, shows } = begin('attach', '--tail', 'all', 'again');
    await shows('run\n');
    goOn();
    expect(await ended).toBe(3);
    expect(out()).toBe('run\n');
  });

  test('leaves it alone when nobody reads any more', async () => {
    await run('talker', [], 'sh', '-c', 'while :; do echo word; sleep 0.02; done');
    const { stdout } = await execa(
      'sh',
      ['-c', '"$0" attach talker | head -n 1', cli.executable],
      cli.options,
    );
    expect(stdout).toBe('word\n');
    expect((await inspect('talker')).status).toBe('running');
  });

  test('writes both streams to stdout with --frames', async () => {
    await run('job', ['-i'], 'sh', '-c', 'echo before; read line; echo out; echo err >&2; echo end');
    const options = { ...cli.options, encoding: 'buffer', stdin: 'pipe', input: '\n' } as const;
    const { stdout, stderr } = await execa(
      cli.executable,
      ['attach', '--frames', '--tail', 'all', 'job'],
      options,
    );
    const decoder = new FrameDecoder();
    const frames = decoder.take(stdout);
    expect([decoder.isComplete, stderr.length]).toEqual([true, 0]);
    const text = (wanted: number) =>
      Buffer.concat(frames.filter(({ stream }) => stream === wanted).map(({ bytes }) => bytes)).toString();
    expect([text(1), text(2)]).toEqual(['before\nout\nend\n', 'err\n']);
  });
});

describe('the end of the input of sc', () => {
  test('is not that of a Container, to which more may come', async () => {
    await run('cat', ['-i'], 'cat');
    for (const word of ['one', 'two']) {
      const { child, shows } = begin('attach', '--tail', 'all', 'cat');
      child.stdin.end(`${word}\n`);
      await shows(`${word}\n`);
      child.kill('SIGKILL');
    }
    expect((await inspect('cat')).status).toBe('running');
    expect((await cli.sc('logs', 'cat')).stdout).toBe('one\ntwo\n');
  });

  test('is, with --close-stdin', async () => {
    await run('wc', ['-i'], 'wc', '-c');
    const { stdout, exitCode } = await execa(cli.executable, ['attach', '--close-stdin', 'wc'], {
      ...cli.options,
      stdin: 'pipe',
      input: 'x'.repeat(200_000),
    });
    expect({ stdout, exitCode }).toEqual({ stdout: '200000\n', exitCode: 0 });
  });

  test('is that of a Job, which is told to who comes later', async () => {
    const made = begin('run', '-i', '--name', 'job', './rootfs', 'sh', '-c', 'cat; echo over; sleep 1000');
    made.child.stdin.end();
    await made.shows('over\n');
    await cli.sc('kill', 'job');
    await made.ended;
    const first = begin('start', '-ai', 'job');
    first.child.stdin.end('hello\n');
    // What comes after the end: until then the input can still be had.
    await first.shows('hello\nover\n');
    const second = begin('attach', 'job');
    await eventually(() => (second.err() === '' ? undefined : true));
    expect(second.err()).toBe('sc: the standard input of "job" has ended already\n');
  });

  test("is nobody else's with --no-stdin", async () => {
    await run('cat', ['-i'], 'cat');
    const { child, type } = begin('attach', '--no-stdin', '--close-stdin', 'cat');
    type('lost\n');
    child.stdin.end();
    const other = begin('attach', 'cat');
    other.type('seen\n');
    await other.shows('seen\n');
    expect(other.out()).toBe('seen\n');
  });
});

describe('a signal to sc', () => {
  const script =
    'trap "echo usr1" USR1; trap "echo asked; exit 9" TERM; trap "echo rt" RTMIN+3; echo up; while :; do sleep 0.02; done';
  const attached = async (...flags: string[]) => {
    // The shell of the host, which knows real-time signals.
    await cli.sc('run', '-d', '--name', 'deaf', 'host', 'bash', '-c', script);
    const client = begin('attach', '--tail', 'all', ...flags, 'deaf');
    await client.shows('up\n');
    return client;
  };

  test('goes on to the container, a real-time one too', async () => {
    const { child, shows, ended } = await attached();
    child.kill('SIGUSR1');
    await shows('usr1\n');
    await execa('kill', ['-37', `${child.pid}`]);
    await shows('rt\n');
    child.kill('SIGTERM');
    expect(await ended).toBe(9);
  });

  test('ends sc alone with --sig-proxy=false', async () => {
    const { child, ended } = await attached('--sig-proxy=false');
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect((await inspect('deaf')).status).toBe('running');
  });

  test('ends sc alone when it comes for the third time', async () => {
    await run('deaf', [], 'sh', '-c', 'trap "echo no" INT; echo up; while :; do sleep 0.02; done');
    const { child, shows, ended, err } = begin('attach', '--tail', 'all', 'deaf');
    await shows('up\n');
    child.kill('SIGINT');
    await shows('no\n');
    child.kill('SIGINT');
    await shows('no\nno\n');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(err()).toBe('sc: SIGINT for the third time: "deaf" is left alone\n');
    expect((await inspect('deaf')).status).toBe('running');
  });
});

describe('nobody can be attached to', () => {
  test.each([
    ['that is not there', 'nobody', 'no container "nobody"'],
    ['that has stopped', 'done', 'attach to "done": it is stopped\nTry: sc start --attach done\n'],
    ['that is paused', 'still', 'attach to "still": it is paused\nTry: sc resume still\n'],
    [
      'that runs on the streams of another sc',
      'front',
      'attach to "front": it runs on the streams of the sc that started it\nTry: sc run -d starts one in the background\n',
    ],
  ])('one %s', async (_, name, message) => {
    if (name === 'done') await cli.sc('run', '--name', 'done', './rootfs', 'true');
    if (name === 'still') {
      await run('still', [], 'sleep', '1000');
      await cli.sc('pause', 'still');
    }
    if (name === 'front') {
      begin('run', '--name', 'front', './rootfs', 'sleep', '1000');
      await eventually(async () => ((await cli.sc('ps')).stdout.includes(' Up ') ? true : undefined));
    }
    const { exitCode, stderr, stdout } = await cli.sc('attach', name);
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  test('by keys that are none, a time that is none, or without the terminal that it takes', async () => {
    await run('shell', ['-it'], 'sh');
    for (const [flags, message] of [
      [['--detach-keys', 'ctrl-p,strg-q'], 'read the detach keys "ctrl-p,strg-q": "strg-q" is no key'],
      [['--since', 'yesterday'], 'show what was written since "yesterday": it is no time'],
      [['--tail', 'some'], '--tail: found "some"'],
      [[], 'the input device is not a TTY\nTry: with --no-stdin, or on a terminal\n'],
    ] as const) {
      const { exitCode, stderr } = await cli.sc('attach', ...flags, 'shell');
      expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(message) });
    }
  });
});

describe('sc start --attach', () => {
  test('says how to do without a terminal, whether the container runs or not', async () => {
    await run('shell', ['-it'], 'sh');
    for (const _ of ['running', 'stopped']) {
      const { exitCode, stderr } = await cli.sc('start', '-ai', 'shell');
      expect({ exitCode, stderr }).toEqual({
        exitCode: 2,
        stderr: 'sc: the input device is not a TTY\nTry: without -i, or on a terminal\n',
      });
      await cli.sc('stop', '--time', '0', 'shell');
    }
  });

  test.each([[], ['--log-driver', 'none']])('shows all from the first byte on, %j', async (...flags) => {
    await run('job', flags, 'sh', '-c', 'echo first; seq 1 2000; echo err >&2; exit 3');
    await eventually(async () => ((await inspect('job')).status === 'stopped' ? true : undefined));
    const { stdout, stderr, exitCode } = await cli.sc('start', '-a', 'job');
    expect(stdout).toMatch(/^first\n1\n[\d\n]*\n2000\n$/);
    expect({ stderr, exitCode }).toEqual({ stderr: 'err\n', exitCode: 3 });
  });

  test('sends it what is typed with -i, and ends its input too as sc run -i does', async () => {
    const program = ['./rootfs', 'sh', '-c', 'cat; exit 6'];
    await execa(cli.executable, ['run', '-i', '--name', 'job', ...program], {
      ...cli.options,
      input: '',
      stdin: 'pipe',
    });
    const { stdout, exitCode } = await execa(cli.executable, ['start', '-i', 'job'], {
      ...cli.options,
      stdin: 'pipe',
      input: 'hello\n',
    });
    expect({ stdout, exitCode }).toEqual({ stdout: 'hello\n', exitCode: 6 });
  });

  test('fails as the start does', async () => {
    await cli.sc('run', '--name', 'job', './rootfs', 'true');
    const { id } = await inspect('job');
    await execa('rm', [join(cli.directory, 'rootfs/bin/true')]);
    try {
      const { exitCode, stderr, stdout } = await cli.sc('start', '-a', id);
      expect({ exitCode, stdout, stderr }).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: expect.stringContaining('execute "true": ENOENT'),
      });
    } finally {
      await execa('ln', ['-s', 'busybox', join(cli.directory, 'rootfs/bin/true')]);
    }
  });

  test('is for one alone', async () => {
    const { exitCode, stderr } = await cli.sc('start', '-a', 'one', 'other');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^sc: -a and -i are for one container alone\n/);
  });
});

test('who is attached and killed leaves nothing open in the keeper or the monitor', async () => {
  await run('cat', ['-i'], 'cat');
  const { keeper, runner } = await inspect('cat');
  const pids = [keeper?.pid ?? 0, runner.pid];
  const open = () => pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
  const before = open();
  for (let index = 0; index < 20; index++) {
    const { child, shows, type, ended } = begin('attach', 'cat');
    if (index % 2 === 0) {
      type(`${index}\n`);
      await shows(`${index}\n`);
    }
    child.kill('SIGKILL');
    await ended;
  }
  // Each of the twenty would have left one more.
  await eventually(() => (open().every((count, at) => count <= (before[at] ?? 0)) ? true : undefined));
  expect(readFileSync(`/proc/${pids[0]}/stat`, 'utf8')).not.toMatch(/\) [ZX] /);
});
