import { EventEmitter } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attach } from '../../src/operations/attach.ts';
import { exec } from '../../src/operations/exec.ts';
import { top } from '../../src/operations/top.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

const MEBIBYTE = 1024 * 1024;

let monitored: ReturnType<typeof makeMonitored>;
let input: number;
/** Those that all of it goes through, by what they are. */
let pids: Record<'own' | 'monitor' | 'keeper' | 'init', number>;
beforeAll(async () => {
  monitored = makeMonitored();
  input = openSync('/dev/zero', 'r');
  const script = 'while :; do echo x; sleep 0.02; done';
  const { id } = await monitored.run({ name: 'box', interactive: true }, 'sh', '-c', script);
  const { keeper, init } = await monitored.look(id);
  const monitor = await monitored.listening();
  pids = { own: process.pid, monitor, keeper: keeper?.pid ?? 0, init: init?.pid ?? 0 };
});
afterAll(async () => {
  closeSync(input);
  await monitored.remove();
});

/** Descriptors that each of them has. */
function descriptors() {
  return Object.entries(pids).map(([name, pid]) => [name, readdirSync(`/proc/${pid}/fd`).length]);
}

/** The same when nothing is being closed any more. */
async function settledDescriptors() {
  let known = descriptors();
  for (let same = 0; same < 25; ) {
    await sleep(20);
    const now = descriptors();
    same = JSON.stringify(now) === JSON.stringify(known) ? same + 1 : 0;
    known = now;
  }
  return known;
}

/** Bytes of memory that it alone has. */
function memoryOf(pid: number): number {
  const [, kilobytes] =
    /^Anonymous: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Bytes that this process cannot do without. */
function ownMemory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

/** A caller who leaves a moment later, and has all of its streams until then. */
function passing(most: number) {
  const { caller } = monitored;
  const abort = AbortSignal.timeout(Math.floor(Math.random() * most));
  const stdin = { descriptor: input, terminal: false };
  return { ...caller, stdin, signals: new EventEmitter(), abort };
}

async function isLeft(index: number): Promise<boolean> {
  const request = { container: 'box', closeStdin: false, ...(index % 3 === 0 && { tail: 2 }) };
  return !('exit' in (await attach(request, monitored.settings, passing(10))));
}

/** Also in the midst of its start. */
async function isKilled(index: number): Promise<boolean> {
  const args = index % 4 === 0 ? ['sh', '-c', 'while :; do echo x; done'] : ['sleep', '1000'];
  const program = { container: 'box', args, ...(index % 3 === 1 && { tty: true }), stdin: index % 3 === 2 };
  const execution = exec(program, monitored.settings, passing(40));
  return execution.then(
    (result) => 'exit' in result && result.exit.signal === 'SIGKILL',
    ({ code }: { code: string }) => code === 'SC_START_FAILED',
  );
}

test.each([
  ['attaches', isLeft, 4000],
  ['execs', isKilled, 1000],
])(
  '%s that are aborted leave descriptors and memory as they were',
  async (_, abort, times) => {
    const round = async (number: number) => {
      const aborted = await Promise.all([0, 1, 2, 3, 4].map((index) => abort(number + index)));
      expect(aborted).toEqual([true, true, true, true, true]);
    };
    for (let count = 0; count < 50; count += 5) await round(count);
    const before = await settledDescriptors();
    const memory = { own: ownMemory(), keeper: memoryOf(pids.keeper), monitor: memoryOf(pids.monitor) };
    for (let count = 0; count < times; count += 5) await round(count);
    expect(await settledDescriptors()).toEqual(before);
    // A buffer or a chain of closures that each leaves behind is more.
    expect(ownMemory() - memory.own).toBeLessThan(3 * MEBIBYTE);
    expect(memoryOf(pids.monitor) - memory.monitor).toBeLessThan(2 * MEBIBYTE);
    expect(memoryOf(pids.keeper)).toBe(memory.keeper);
    await eventually(async () => {
      const { processes } = await top({ container: 'box' }, monitored.settings);
      return processes.length <= 2 ? true : undefined;
    });
  },
  300_000,
);
