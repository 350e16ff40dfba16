import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { start } from '../../src/operations/start.ts';
import { stop } from '../../src/operations/stop.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { makeMonitored } from '../support/monitored.ts';

const KILLS = 100;
const CLIENTS = 6;

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
  mkdirSync(join(monitored.directory, 'out'));
});
afterEach(() => monitored.remove());

/** What has to be true at the end of a container whose start was acknowledged. */
interface Account {
  name: string;
  /** Each of its runs wrote this, or a beginning of it where a start was cut; the last one all of it. */
  text: string;
  /** Undefined for one that is deleted when it has ended. */
  exit?: ContainerState['exit'];
  /** Runs that it came to, at least: one that was cut on its start may have come to its end. */
  runs?: number;
}

const lines = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
const anyCode = () => Math.floor(Math.random() * 256);
const shell = (script: string): [string, string, string] => ['sh', '-c', script];

/** What clients do, with a container of their own each. */
const kinds: readonly ((name: string) => Promise<Account>)[] = [
  async (name) => {
    const code = anyCode();
    const script = `for line in $(seq 20); do echo $line; sleep 0.01; done; exit ${code}`;
    await monitored.run({ name }, ...shell(script));
    return { name, text: lines(20), exit: { code, cause: 'exit' } };
  },
  async (name) => {
    const code = anyCode();
    await monitored.run({ name }, ...shell(`seq 50000; exit ${code}`));
    return { name, text: lines(50_000), exit: { code, cause: 'exit' } };
  },
  async (name) => {
    const volume = [`${monitored.directory}/out:/out`];
    await monitored.run({ name, rm: true, volume }, ...shell(`seq 100; echo end > /out/${name}`));
    return { name, text: '' };
  },
  async (name) => {
    await monitored.run({ name, restart: 'on-failure:2' }, ...shell('seq 30; exit 9'));
    return { name, text: lines(30), exit: { code: 9, cause: 'exit' }, runs: 3 };
  },
  async (name) => {
    const code = anyCode();
    const loop = `trap "echo 2; exit ${code}" TERM; echo 1; while :; do sleep 0.01; done`;
    const { id } = await monitored.run({ name }, ...shell(loop));
    await hasWritten(id, '1\n');
    const { failures } = await stop({ containers: [id] }, monitored.settings, monitored.caller);
    expect(failures).toEqual([]);
    return { name, text: lines(2), exit: { code, cause: 'stopped' } };
  },
  async (name) => {
    const { id } = await monitored.run({ name }, ...shell('seq 10; sleep 1000'));
    await hasWritten(id, lines(10));
    const { init } = await monitored.look(id);
    process.kill(init?.pid ?? 0, 'SIGKILL');
    return { name, text: lines(10), exit: { code: 137, signal: 'SIGKILL', cause: 'signal' } };
  },
  async (name) => {
    const code = anyCode();
    const { id } = await monitored.run({ name }, ...shell(`seq 40; exit ${code}`));
    await monitored.ended(id);
    await untilAnswered(() => start({ containers: [id] }, monitored.settings, monitored.caller));
    return { name, text: lines(40), exit: { code, cause: 'exit' }, runs: 2 };
  },
];

test(`a hundred times the monitor is killed while containers start, write and end: nothing of them is lost or left`, async () => {
  let kills = 0;
  let cut = 0;
  const accounts: Account[] = [];
  const client = async (number: number) => {
    for (let serial = number; kills < KILLS; serial += CLIENTS)
      try {
        const [make] = kinds.slice(serial % kinds.length);
        if (make !== undefined) accounts.push(await make(`box-${serial}`));
      } catch (error) {
        // What was not acknowledged has to be gone; an account of it is not kept.
        if (!isCut(error)) throw error;
        cut += 1;
      }
  };
  const killer = async () => {
    while (kills < KILLS) {
      // By turns one that is still on its way, one that has just come, and one that has done something.
      const pid = await (kills % 3 === 0 ? monitored.booting() : monitored.listening());
      const done = accounts.length;
      if (kills % 3 === 2) while (accounts.length === done) await sleep(5);
      await sleep(Math.random() * 250);
      if (kill(pid)) kills += 1;
    }
  };
  await Promise.all([killer(), ...Array.from({ length: CLIENTS }, (_, number) => client(number))]);

  // The last one is left alone, and takes up whatever is there.
  await monitored.listening();
  await Promise.all(accounts.map(checkAccount));
  const { containers, broken } = await (await openWorkplace(monitored.settings)).store.list();
  expect(broken).toEqual([]);
  const kept = accounts.filter(({ exit }) => exit !== undefined);
  expect(containers.map(({ name }) => name).sort()).toEqual(kept.map(({ name }) => name).sort());
  expect(accounts.length).toBeGreaterThanOrEqual(Math.floor(KILLS / 3));
  expect(cut).toBeGreaterThan(0);

  expect((await deleteContainers({}, monitored.settings)).failures).toEqual([]);
  for (const place of ['containers', 'storage/overlay'])
    expect(readdirSync(join(monitored.root, place)).filter((name) => !name.startsWith('.'))).toEqual([]);
}, 300_000);

async function checkAccount({ name, text, exit, runs = 1 }: Account): Promise<void> {
  if (exit === undefined) {
    await monitored.gone(name);
    expect(readFileSync(join(monitored.directory, 'out', name), 'utf8')).toBe('end\n');
    return;
  }
  const state = await monitored.settled(name);
  expect({ name, exit: state.exit }).toEqual({ name, exit });
  const written = await monitored.log(state.id);
  expect(written.at(-1)).toBe(text);
  for (const run of written) expect(text.startsWith(run)).toBe(true);
  expect(written.filter((run) => run === text).length).toBeGreaterThanOrEqual(runs);
}

/** Resolves when the last run of a container has written this. */
async function hasWritten(id: string, text: string): Promise<void> {
  while ((await monitored.log(id)).at(-1) !== text) await sleep(5);
}

async function untilAnswered(action: () => Promise<{ failures: unknown[] }>): Promise<void> {
  try {
    expect((await action()).failures).toEqual([]);
  } catch (error) {
    if (!isCut(error)) throw error;
    await untilAnswered(action);
  }
}

/** Nothing else than the news itself is wrong. */
function isCut(error: unknown): boolean {
  return error instanceof ScError && error.code === 'SC_NO_ANSWER' && error.undo.length === 0;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
