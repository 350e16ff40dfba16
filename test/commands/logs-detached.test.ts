import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { isErrno } from '../../src/linux/descriptor.ts';
import { processIsAlive, processReference } from '../../src/linux/process.ts';
import { LOG_DIRECTORY } from '../../src/logging/layout.ts';
import { logs as operation } from '../../src/operations/logs.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { LogRecord } from '../../src/schema/operations/logs.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { leaveFromOldBoot, startedAt, stopped } from '../support/old-boot.ts';

const MEBIBYTE = 1024 * 1024;

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

/** Runs a script in the background; the limits are those of its log. */
async function run(script: string, limits: { size?: string; files?: number } = {}, ...flags: string[]) {
  const { size = '20m', files = 1000 } = limits;
  const options = ['--log-opt', `max-size=${size}`, '--log-opt', `max-file=${files}`, ...flags];
  const { stdout, stderr } = await cli.sc(
    'run',
    '-d',
    '--name',
    'writer',
    ...options,
    './rootfs',
    'sh',
    '-c',
    script,
  );
  expect(stderr).toBe('');
  return join(cli.root, 'containers', stdout.trim(), LOG_DIRECTORY);
}

const inspect = () => cli.json<ContainerState>('inspect', 'writer');
const ended = () => eventually(async () => ((await inspect()).status === 'stopped' ? true : undefined));

/** What `sc logs` with these flags has printed in the end. */
async function logs(...flags: string[]): Promise<{ out: Buffer; err: Buffer }> {
  const options = { ...cli.options, encoding: 'buffer', maxBuffer: 300 * MEBIBYTE } as const;
  const { stdout, stderr, exitCode } = await execa(cli.executable, ['logs', ...flags, 'writer'], options);
  expect(exitCode).toBe(0);
  return { out: Buffer.from(stdout), err: Buffer.from(stderr) };
}

/** Each in the documented form. */
function recordsOf(out: Buffer): LogRecord[] {
  const lines = out.toString().trimEnd().split('\n');
  return lines.map((line) => parseAnswer<LogRecord>(line));
}

const count = (lines: number) => `i=0; while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); done`;
const counted = (lines: number, from = 0) =>
  Array.from({ length: lines - from }, (_, index) => `line ${from + index}\n`).join('');

test('what is written to a terminal that all had left, or that was hung up, is there', async () => {
  const leave = 'exec 0<>/dev/null >/dev/null 2>&1';
  const hangUp = 'setsid -c sh -c "echo three" 0<>/dev/console >&0 2>&1';
  const later = 'sleep 0.3; echo';
  await run(
    `echo one; ${leave}; ${later} two >/dev/console; ${hangUp}; ${later} four >/dev/console`,
    {},
    '-t',
  );
  await ended();
  expect((await logs()).out.toString()).toBe('one\r\ntwo\r\nthree\r\nfour\r\n');
});

test('a flood of any bytes on both streams is there to the last byte', async () => {
  const bytes = randomBytes(6 * MEBIBYTE);
  writeFileSync(join(cli.directory, 'bytes'), bytes);
  await run('cat /bytes & cat /bytes >&2; wait', { size: '512k' }, '-v', './bytes:/bytes:ro');
  const followed = await logs('--follow');
  expect([followed.out.equals(bytes), followed.err.equals(bytes)]).toEqual([true, true]);
  const { out, err } = await logs();
  expect([out.equals(bytes), err.equals(bytes)]).toEqual([true, true]);
});

test('records of such a flood give back its bytes', async () => {
  const bytes = randomBytes(MEBIBYTE);
  writeFileSync(join(cli.directory, 'bytes'), bytes);
  await run('cat /bytes & cat /bytes >&2; wait', { size: '128k' }, '-v', './bytes:/bytes:ro');
  const { out } = await logs('--follow', '--json');
  const records = recordsOf(out);
  for (const stream of ['stdout', 'stderr']) {
    const own = records.filter((record) => record.stream === stream);
    const whole = own.map(({ log, logBase64 = '' }) =>
      log === undefined ? Buffer.from(logBase64, 'base64') : Buffer.from(log),
    );
    expect(Buffer.concat(whole).equals(bytes)).toBe(true);
    const times = own.map(({ time }) => time);
    expect(times).toEqual(times.toSorted());
  }
});

describe('a log', () => {
  test.each([
    // Its only file may have become full with the last of it.
    [1, /^(.*end\n)?$/s],
    [3, /end\n$/],
  ])('of %i files is never larger than they may be', async (files, rest) => {
    const log = await run('dd if=/dev/zero bs=1000 count=20000 2>/dev/null; echo end', {
      size: '64k',
      files,
    });
    const sizes: number[] = [];
    let isOver = false;
    const over = ended().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      sizes.push(sizeOf(log));
      await setImmediate();
    }
    await over;
    sizes.push(sizeOf(log));
    expect(Math.max(...sizes)).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(files * 65_536);
    expect((await logs()).out.toString()).toMatch(rest);
  });

  test('that is followed while it is rotated has each line once, in its order', async () => {
    await run(count(30_000), { size: '16k' });
    const { out, err } = await logs('--follow');
    expect(out.toString()).toBe(counted(30_000));
    expect(err.toString()).toBe('');
  });

  test('of which much is rotated away before it is read has no line twice, and few in part', async () => {
    const lines = 'i=10000; while [ $i -lt 40000 ]; do echo line $i; i=$((i+1)); done; echo end';
    await run(lines, { size: '16k', files: 2 });
    const { out, err } = await logs('--follow', '--json');
    const texts = recordsOf(out).map(({ log = '' }) => log);
    expect(texts.at(-1)).toBe('end\n');
    const numbers = texts
      .map((text) => /^line (\d{5})\n$/.exec(text)?.[1])
      .filter((number) => number !== undefined);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual([...new Set(numbers)].sort());
    // One at the beginning, and at each place where something is missing one before it and one behind.
    const gaps = err.toString().split('rotated away').length - 1;
    expect(texts.length - 1 - numbers.length).toBeLessThanOrEqual(1 + 2 * gaps);
  });

  test('gives its last lines, and those of a time', async () => {
    // What both streams get in one moment may change places.
    const second = 'touch /second; echo between >&2';
    const first = `touch /first; ${count(20_000)}`;
    await run(`if [ -e /second ]; then ${count(10)}; elif [ -e /first ]; then ${second}; else ${first}; fi`, {
      size: '16k',
    });
    for (let run = 0; run < 2; run++) {
      await ended();
      await cli.sc('start', 'writer');
    }
    await ended();
    expect((await logs('--tail', '5')).out.toString()).toBe(counted(10, 5));
    const eleven = await logs('--tail', '11');
    expect([eleven.out.toString(), eleven.err.toString()]).toEqual([counted(10), 'between\n']);
    const { err } = await logs('--timestamps', '--stream', 'stderr');
    const [time = ''] = err.toString().split(' ');
    const [before, since] = [await logs('--until', time), await logs('--since', time)];
    expect([before.out.toString(), before.err.toString()]).toEqual([counted(20_000), 'between\n']);
    expect([since.out.toString(), since.err.toString()]).toEqual([counted(10), 'between\n']);
    expect((await logs()).out.toString()).toBe(counted(20_000) + counted(10));
  });

  test('goes on when the container is started again, and a line without an end ends there', async () => {
    await run('echo begun; printf killed');
    await ended();
    await cli.sc('start', 'writer');
    const { out } = await logs('--follow', '--timestamps');
    const lines = out.toString().split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['begun', 'killed', 'begun', 'killed']);
    expect((await logs('--tail', '3')).out.toString()).toBe('killedbegun\nkilled');
  });

  test('that a crash has torn is read, and goes on when the container is started again', async () => {
    const log = await run('echo begun');
    await ended();
    appendFileSync(join(log, 'index'), Buffer.alloc(41, 0xff));
    const { out, err } = await logs();
    expect([out.toString(), err.toString()]).toEqual([
      'begun\n',
      'sc: "writer": some of its log is damaged and left out\n',
    ]);
    await cli.sc('start', 'writer');
    const mended = await logs('--follow');
    expect([mended.out.toString(), mended.err.toString()]).toEqual(['begun\nbegun\n', '']);
  });

  test('in strict order is one stream, in the order of the writes', async () => {
    const script = 'i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done';
    await run(script, { size: '16k' }, '--log-opt', 'order=strict');
    const { out, err } = await logs('--follow');
    const lines = Array.from({ length: 2000 }, (_, index) => `out ${index}\nerr ${index}\n`);
    expect([out.toString(), err.toString()]).toEqual([lines.join(''), '']);
  });

  test('of a terminal is what it showed', async () => {
    await run('test -t 1 && echo terminal; echo error >&2', {}, '-t');
    const { out, err } = await logs('--follow');
    expect([out.toString(), err.toString()]).toEqual(['terminal\r\nerror\r\n', '']);
  });
});

describe('a line', () => {
  /** Bytes of memory that it takes at most to print a log so. */
  async function peakOf(flags: string[], take: (bytes: Buffer) => unknown): Promise<number> {
    const child = spawn(cli.executable, ['logs', ...flags, 'writer'], {
      env: { ...process.env, ...cli.options.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let peak = 0;
    child.stdout.on('data', (bytes) => {
      take(bytes);
      peak = Math.max(peak, memoryOf(child.pid));
    });
    await once(child, 'close');
    return peak;
  }

  test('of 1 GB is read in little memory', { timeout: 120_000 }, async () => {
    await run('dd if=/dev/zero bs=1000000 count=1000 2>/dev/null | tr "\\0" x; echo end', { size: '2g' });
    await cli.sc('wait', 'writer');
    let [records, size, rest] = [0, 0, ''];
    const peakOfRecords = await peakOf(['--json'], (bytes) => {
      const lines = (rest + bytes).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        records += 1;
        size += (JSON.parse(line) as { log: string }).log.length;
      }
    });
    expect({ records, size }).toEqual({ records: Math.ceil(1_000_000_004 / 16_384), size: 1_000_000_004 });
    const hash = createHash('sha256');
    const peakOfTail = await peakOf(['--tail', '1'], (bytes) => hash.update(bytes));
    const whole = createHash('sha256');
    for (let count = 0; count < 1000; count++) whole.update(Buffer.alloc(1_000_000, 'x'));
    whole.update('end\n');
    expect(hash.digest('hex')).toBe(whole.digest('hex'));
    // Of these sc takes 70 as it starts, and V8 lets 64 of buffers be thrown away before it collects them.
    for (const peak of [peakOfRecords, peakOfTail]) {
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThan(150 * MEBIBYTE);
    }
  });

  test('that is not UTF-8 is in base64, and the others are text', async () => {
    await run("printf 'caf\\303\\251\\n\\377\\n'; printf 'end'");
    const { out } = await logs('--follow', '--json');
    const records = recordsOf(out);
    expect(records).toMatchObject([{ log: 'café\n' }, { logBase64: '/wo=' }, { log: 'end' }]);
  });
});

describe('following', () => {
  /** In the script, waits for `go`. */
  const wait = 'until [ -e /signals/go ]; do sleep 0.02; done';
  const signals = ['-v', './signals:/signals'];
  const go = () => writeFileSync(join(cli.directory, 'signals/go'), '');
  beforeEach(() => mkdirSync(join(cli.directory, 'signals')));
  afterEach(() => rmSync(join(cli.directory, 'signals'), { recursive: true }));

  /** What it prints, while it does. */
  function follow() {
    const child = spawn(cli.executable, ['logs', '--follow', 'writer'], {
      env: { ...process.env, ...cli.options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    return {
      child,
      seen: (text: string) => eventually(() => (out === text ? true : undefined)),
      ended: async () => {
        const [code] = await once(child, 'close');
        return { code, out, err };
      },
    };
  }

  test('goes on when the monitor is killed, and ends with the container', async () => {
    await run(`echo begun; ${wait}; echo last`, {}, ...signals);
    const reader = follow();
    await reader.seen('begun\n');
    const { runner } = await inspect();
    process.kill(runner.pid, 'SIGKILL');
    await eventually(() => (processIsAlive(runner) ? undefined : true));
    go();
    expect(await reader.ended()).toEqual({ code: 0, out: 'begun\nlast\n', err: '' });
  });

  test('goes on while the monitor is stopped, and ends with the container then too', async () => {
    await run(`echo begun; ${wait}; echo last`, {}, ...signals);
    const { runner } = await inspect();
    process.kill(runner.pid, 'SIGSTOP');
    try {
      const reader = follow();
      await reader.seen('begun\n');
      go();
      expect(await reader.ended()).toEqual({ code: 0, out: 'begun\nlast\n', err: '' });
    } finally {
      process.kill(runner.pid, 'SIGCONT');
    }
  });

  test.each<[string, Partial<ContainerState>]>([
    ['when the monitor is dead that was to start it', { bootId: bootId() }],
    ['after a start of the machine', { bootId: 'before' }],
  ])('goes on until one that waits has run again, %s', async (_, boot) => {
    const runner = { ...processReference(process.pid), startTime: 1 };
    const waiting = { ...stopped, ...boot, runner, restarts: { total: 1, inARow: 1, nextAt: startedAt } };
    await leaveFromOldBoot(
      { root: cli.root, rootfs: join(cli.directory, 'rootfs') },
      { policy: 'on-failure' },
      { ...waiting, name: 'writer' },
      ['echo', 'again'],
    );
    const reader = follow();
    expect(await reader.ended()).toEqual({ code: 0, out: 'again\n', err: '' });
  });

  test('ends where nobody is there who starts it again, and nobody can come', async () => {
    const runner = { ...processReference(process.pid), startTime: 1 };
    const waiting = { ...stopped, runner, restarts: { total: 1, inARow: 1, nextAt: startedAt } };
    const place = { root: cli.root, rootfs: join(cli.directory, 'rootfs') };
    await leaveFromOldBoot(place, { policy: 'always' }, { ...waiting, name: 'writer' });
    const stream = { descriptor: 2, terminal: false };
    const caller = {
      ...{ stdin: stream, stdout: stream, stderr: stream },
      environment: {},
      workingDirectory: '/',
      signals: process,
    };
    const request = { container: 'writer', follow: true };
    expect(await operation(request, 'bytes', cli.settings, caller)).toEqual({});
  });

  test('ends with all that it wrote where the container is deleted at its end', async () => {
    await run(`echo begun; ${wait}; ${count(1000)}`, { size: '1m' }, '--rm', ...signals);
    const reader = follow();
    await reader.seen('begun\n');
    go();
    expect(await reader.ended()).toEqual({ code: 0, out: `begun\n${counted(1000)}`, err: '' });
  });
});

/** Bytes of the files of a log, some of which may be renamed meanwhile; then one may count twice. */
function sizeOf(log: string): number {
  const sizes = new Map<number, number>();
  for (const name of readdirSync(log)) {
    try {
      const { ino, size } = statSync(join(log, name));
      sizes.set(ino, size);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** Most bytes of memory that a process has had. */
function memoryOf(pid = 0): number {
  const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
