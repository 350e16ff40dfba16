import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { logStreams } from '../../../src/logging/layout.ts';
import { readChunks } from '../../../src/logging/read-chunks.ts';
import { spec } from '../../support/containers.ts';
import { unmount } from '../../support/mounted.ts';
import { useBackend } from './harness.ts';

const { ENOSPC } = constants.errno;

const native = useBackend();

/** A place for the record and the log of one container; `options` mount a filesystem of its own there. */
function makePlace(options?: string) {
  const recordDirectory = join(native.workshop.directory, `place-${Math.random()}`);
  mkdirSync(recordDirectory);
  if (options !== undefined)
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'sc-test', recordDirectory]);
  const directory = join(recordDirectory, 'log');
  mkdirSync(directory);
  const log = { directory, maxSize: 20 << 20, maxFiles: 5 };
  const gates = `${recordDirectory}-gates`;
  mkdirSync(gates);
  return {
    recordDirectory,
    gates,
    open: (gate: string) => writeFileSync(join(gates, gate), ''),
    request: { recordDirectory, detached: { log } },
    /** What is in the log, as [stream, text]. */
    written: async () => {
      const written: [number, string][] = [];
      for await (const chunks of readChunks(directory, { streams: [logStreams.stdout, logStreams.stderr] }))
        for (const { stream, bytes } of chunks) {
          const last = written.at(-1);
          if (stream === logStreams.mark) continue;
          if (last?.[0] === stream) last[1] += bytes.toString('latin1');
          else written.push([stream, bytes.toString('latin1')]);
        }
      return written;
    },
    fill: () => {
      try {
        writeFileSync(join(recordDirectory, 'full'), Buffer.alloc(2 << 20));
      } catch {
        // As was meant.
      }
    },
    remove: () => unmount(recordDirectory),
  };
}

/** In a script of a container of `gated`, waits until that of the same name is opened. */
const gate = (name: string) => `until test -e /gates/${name}; do sleep 0.02; done`;
const gated = ({ gates }: ReturnType<typeof makePlace>) => ({
  mounts: [{ type: 'bind' as const, source: gates, target: '/gates', readOnly: true }],
});

/** Starts one as the monitor does. */
async function launch(args: string[], place: ReturnType<typeof makePlace>, changes = {}) {
  const { handle } = await native.launch(args, changes, place.request);
  handle.release();
  return handle;
}

describe('the record of the end', () => {
  test('has room when the disk has none any more', async () => {
    const place = makePlace('size=64k');
    try {
      const handle = await launch(['sh', '-c', `${gate('go')}; exit 5`], place, gated(place));
      place.fill();
      place.open('go');
      expect(await handle.wait()).toEqual({ code: 5, cause: 'exit' });
      expect(native.backend.readExit(place.recordDirectory)?.exit).toEqual({ code: 5, cause: 'exit' });
    } finally {
      await place.remove();
    }
  });

  test('is none before the end', async () => {
    const place = makePlace();
    const handle = await launch(['sleep', '1000'], place);
    expect(statSync(join(place.recordDirectory, 'exit')).size).toBe(544);
    expect(native.backend.readExit(place.recordDirectory)).toBeUndefined();
    process.kill(handle.pid, 'SIGKILL');
    await handle.wait();
  });

  test('is not written by a keeper that nobody knew, when the container is started anew', async () => {
    const place = makePlace();
    const { id } = spec([]);
    const more = { changes: { id }, request: place.request, isReleased: false };
    const args = [join(import.meta.dirname, 'runner.ts'), native.workshop.directory, JSON.stringify(more)];
    const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(runner.stdout.setEncoding('utf8'), 'data').then(() =>
      once(runner.stdout, 'data'),
    );
    const keeper = Number(/running (\d+)/.exec(output)?.[1]);
    process.kill(keeper, 'SIGSTOP');
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    const launched = launch(['sleep', '1000'], place, { id });
    await sleep(100);
    process.kill(keeper, 'SIGCONT');
    const handle = await launched;
    expect(native.backend.readExit(place.recordDirectory)).toBeUndefined();
    process.kill(handle.pid, 'SIGKILL');
    expect(await handle.wait()).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });
});

describe('the keeper of a detached container', () => {
  const alternate = (count: number) =>
    `for number in $(seq ${count}); do echo $number; echo -$number >&2; done`;

  test('keeps the order of both streams where that is asked for', async () => {
    const place = makePlace();
    const handle = await launch(['sh', '-c', alternate(300)], place, { logging: { order: 'strict' } });
    await handle.wait();
    const expected = Array.from({ length: 300 }, (_, index) => `${index + 1}\n-${index + 1}\n`).join('');
    expect(await place.written()).toEqual([[logStreams.stdout, expected]]);
  });

  test('keeps every byte of a flood on both streams at once', async () => {
    const place = makePlace();
    const script = `dd if=/dev/urandom of=/tmp/bytes bs=64k count=200 2>/tmp/none
      cat /tmp/bytes & cat /tmp/bytes >&2; wait
      busybox sha256sum </tmp/bytes`;
    const handle = await launch(['sh', '-c', script], place);
    expect(await handle.wait()).toEqual({ code: 0, cause: 'exit' });
    const written = await place.written();
    const of = (stream: number) =>
      Buffer.from(written.flatMap(([from, text]) => (from === stream ? [text] : [])).join(''), 'latin1');
    const [out, err] = [of(logStreams.stdout), of(logStreams.stderr)];
    const bytes = 200 * 65536;
    expect([out.length, err.length]).toEqual([bytes + 68, bytes]);
    const hash = createHash('sha256').update(err).digest('hex');
    expect(createHash('sha256').update(out.subarray(0, bytes)).digest('hex')).toBe(hash);
    expect(out.subarray(bytes).toString()).toBe(`${hash}  -\n`);
  });

  test('goes on when the program closes a stream, and has what another process of it writes later', async () => {
    const place = makePlace();
    const script = `(${gate('go')}; echo later) & exec >&-; echo error >&2; wait; exit 3`;
    const handle = await launch(['sh', '-c', script], place, gated(place));
    await vi.waitFor(async () => expect(await place.written()).toHaveLength(1), 30_000);
    place.open('go');
    expect(await handle.wait()).toEqual({ code: 3, cause: 'exit' });
    expect(await place.written()).toEqual([
      [logStreams.stderr, 'error\n'],
      [logStreams.stdout, 'later\n'],
    ]);
  });

  test.each([0, 1000])('has what user %i writes who opens the streams anew', async (uid) => {
    const place = makePlace();
    const script = `echo out >/dev/stdout; ${gate('one')}; echo err >>/proc/self/fd/2; ${gate('two')}; echo end >/dev/fd/1`;
    const identity = { uid, gid: uid, groups: [], home: '/' };
    const { handle } = await native.launch(['sh', '-c', script], gated(place), {
      ...place.request,
      identity,
    });
    handle.release();
    for (const [index, name] of ['one', 'two'].entries()) {
      await vi.waitFor(async () => expect(await place.written()).toHaveLength(index + 1), 30_000);
      place.open(name);
    }
    await handle.wait();
    expect(await place.written()).toEqual([
      [logStreams.stdout, 'out\n'],
      [logStreams.stderr, 'err\n'],
      [logStreams.stdout, 'end\n'],
    ]);
  });

  test('does not go on for a process outside that writes without end', async () => {
    const place = makePlace();
    const handle = await launch(['sh', '-c', 'sleep 1000'], place);
    const outside = openSync(`/proc/${handle.pid}/fd/1`, 'w');
    const flood = spawn('cat', ['/dev/zero'], { stdio: ['ignore', outside, 'ignore'] });
    closeSync(outside);
    await sleep(100);
    process.kill(handle.pid, 'SIGKILL');
    const over = once(flood, 'exit');
    expect(await handle.wait()).toMatchObject({ code: 137 });
    expect(await over).toEqual([null, 'SIGPIPE']);
  });

  test('does not wait for a process outside that has got hold of a stream', async () => {
    const place = makePlace();
    const handle = await launch(['sh', '-c', 'sleep 1000'], place);
    const outside = openSync(`/proc/${handle.pid}/fd/1`, 'w');
    try {
      writeSync(outside, 'from outside\n');
      process.kill(handle.pid, 'SIGKILL');
      expect(await handle.wait()).toMatchObject({ code: 137 });
      expect((await place.written())[0]?.[1]).toContain('from outside\n');
      // Nobody reads there any more.
      expect(() => writeSync(outside, 'lost\n')).toThrow('EPIPE');
    } finally {
      closeSync(outside);
    }
  });

  test('is no part of what the container may use up, and takes next to nothing', async () => {
    const place = makePlace();
    const bomb = 'int main() { for (;;) fork(); }';
    native.install('bomb', bomb);
    const handle = await launch(['sh', '-c', 'echo up; sleep 0.3; bomb'], place, { resources: { pids: 50 } });
    const groups = readFileSync(`/proc/${handle.keeperPid}/cgroup`, 'utf8');
    expect(groups).not.toMatch(/sc-test/);
    expect(memoryOf(handle.keeperPid)).toBeLessThan(128);
    await sleep(600);
    process.kill(handle.pid, 'SIGKILL');
    expect(await handle.wait()).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });

  test('outlives the container that the kernel kills for want of memory', async () => {
    const place = makePlace();
    native.install(
      'hog',
      'int main() { for (;;) { volatile char *p = malloc(1 << 20); for (int i = 0; i < 1 << 20; i += 4096) p[i] = 1; } }',
    );
    const limits = { resources: { memory: 16 << 20, memorySwap: 16 << 20 } };
    const handle = await launch(['hog'], place, limits);
    expect(await handle.wait()).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
    expect(native.backend.readExit(place.recordDirectory)?.exit.cause).toBe('oom');
  });
});

/** Its share of memory, in kilobytes (proc_pid_smaps(5)). */
function memoryOf(pid: number): number {
  const [, share] = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(share);
}

describe('a disk without room for the log', () => {
  const free = (place: ReturnType<typeof makePlace>) => rmSync(join(place.recordDirectory, 'full'));

  test('holds up who writes, loses nothing, and is told once, as is the room that comes', async () => {
    const place = makePlace('size=1m');
    const heard: number[] = [];
    try {
      const script = `${gate('go')}; seq 1 100000; echo end >&2; exit 4`;
      const { handle } = await native.launch(['sh', '-c', script], gated(place), {
        ...place.request,
        hearLog: (errno) => heard.push(errno),
      });
      handle.release();
      place.fill();
      place.open('go');
      await vi.waitFor(() => expect(heard).toEqual([ENOSPC]), 30_000);
      await sleep(1500);
      expect(cpuTimeOf(handle.keeperPid)).toBeLessThan(20);
      free(place);
      expect(await handle.wait()).toEqual({ code: 4, cause: 'exit' });
      expect(heard).toEqual([ENOSPC, 0]);
      const written = await place.written();
      const out = written.flatMap(([stream, text]) => (stream === logStreams.stdout ? [text] : [])).join('');
      expect(out).toBe(Array.from({ length: 100_000 }, (_, index) => `${index + 1}\n`).join(''));
      expect(written.some(([stream, text]) => stream === logStreams.stderr && text === 'end\n')).toBe(true);
    } finally {
      await place.remove();
    }
  });

  test('does not keep a container from its end, which is recorded', async () => {
    const place = makePlace('size=128k');
    try {
      const heard: number[] = [];
      const { handle } = await native.launch(['sh', '-c', `${gate('go')}; seq 1 100000`], gated(place), {
        ...place.request,
        hearLog: (errno) => heard.push(errno),
      });
      handle.release();
      place.fill();
      place.open('go');
      await vi.waitFor(() => expect(heard).toEqual([ENOSPC]), 30_000);
      process.kill(handle.pid, 'SIGKILL');
      const exit = { code: 137, signal: 'SIGKILL', cause: 'signal' };
      expect(await handle.wait()).toEqual(exit);
      expect(native.backend.readExit(place.recordDirectory)?.exit).toEqual(exit);
    } finally {
      await place.remove();
    }
  });
});

/** In hundredths of a second, its own and the kernel's for it (proc_pid_stat(5), fields 14 and 15). */
function cpuTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
