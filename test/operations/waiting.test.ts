import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ENDED_SIZE, EXIT_RECORD, endedOffsets, MESSAGE_ENDED } from '../../src/backend/native/protocol.ts';
import { processReference } from '../../src/linux/process.ts';
import { Waiting } from '../../src/operations/waiting.ts';
import { openWorkplace, type Workplace } from '../../src/operations/workplace.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { endedState } from '../../src/state/ended.ts';
import { newState } from '../support/states.ts';

const quick = { durable: false };
const CLD_EXITED = 1;

let directory: string;
let place: Workplace;
const keepers: ChildProcess[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sc-waiting-'));
  const root = join(directory, 'store');
  place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
});

afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.kill('SIGKILL');
  rmSync(directory, { recursive: true });
});

/** A detached container of which a process lives that is taken for its keeper. */
async function begin(): Promise<{ state: ContainerState; keeper: ChildProcess }> {
  const keeper = spawn('sleep', ['1000']);
  keepers.push(keeper);
  await once(keeper, 'spawn');
  const reference = processReference(keeper.pid ?? 0);
  const state = newState({ status: 'running', detached: true, keeper: reference });
  await place.store.create(state, quick);
  return { state, keeper };
}

/** As a keeper ends: it writes down how, and is gone. */
async function end({ state, keeper }: Awaited<ReturnType<typeof begin>>, code: number): Promise<void> {
  const record = Buffer.alloc(ENDED_SIZE);
  record.writeUInt32LE(MESSAGE_ENDED, 0);
  record.writeUInt32LE(CLD_EXITED, endedOffsets.code);
  record.writeUInt32LE(code, endedOffsets.status);
  record.writeBigUInt64LE(BigInt(Math.floor(Date.now() / 1000)), endedOffsets.seconds);
  writeFileSync(join(place.store.directory(state.id), EXIT_RECORD), record);
  keeper.kill('SIGKILL');
  await once(keeper, 'close');
}

test('all who wait hear the same code, however the end, its record and the deletion follow one another', async () => {
  for (let round = 0; round < 25; round++) {
    const container = await begin();
    const { id } = container.state;
    const waiters = [1, 2, 3].map(() => new Waiting(place, 'stopped'));
    const codes = Promise.all(waiters.map(async (waiting) => (await waiting.waitFor(id)).exit?.code));
    const exit = { code: round, cause: 'exit' } as const;
    await end(container, round);
    await sleep(round % 3);
    if (round % 2 === 0) await place.store.update(id, (now) => endedState(now, { exit }), quick);
    await place.store.remove(id, { durable: false, exit });
    expect(await codes).toEqual([round, round, round]);
    for (const waiting of waiters) waiting.close();
  }
}, 60_000);

test('an end without a record of it is one whose code nobody knows, for all of them', async () => {
  const { state, keeper } = await begin();
  const waiters = [1, 2].map(() => new Waiting(place, 'stopped'));
  const ends = Promise.all(waiters.map((waiting) => waiting.waitFor(state.name)));
  keeper.kill('SIGKILL');
  const exit = { code: null, cause: 'unknown' };
  expect(await ends).toEqual([1, 2].map(() => ({ id: state.id, name: state.name, exit })));
  for (const waiting of waiters) waiting.close();
});

test('a hundred wait with one look', async () => {
  const states = Array.from({ length: 100 }, () => newState({ status: 'running' }));
  for (const state of states) await place.store.create(state, quick);
  const waiting = new Waiting(place, 'stopped');
  const ends = Promise.all(states.map(({ id }) => waiting.waitFor(id)));
  for (const [index, { id }] of states.entries())
    await place.store.update(id, (now) => endedState(now, { exit: { code: index, cause: 'exit' } }), quick);
  expect((await ends).map(({ exit }) => exit?.code)).toEqual(states.map((_, index) => index));
  waiting.close();
});

test('it goes on for who comes when all before him had it at once', async () => {
  const [past, coming] = [newState({ status: 'running' }), newState({ status: 'running' })];
  const exit = { code: 0, cause: 'exit' } as const;
  const finish = ({ id }: ContainerState) =>
    place.store.update(id, (now) => endedState(now, { exit }), quick);
  for (const state of [past, coming]) await place.store.create(state, quick);
  await finish(past);
  const waiting = new Waiting(place, 'stopped');
  expect(await waiting.waitFor(past.id)).toMatchObject({ exit });
  const end = waiting.waitFor(coming.id);
  await finish(coming);
  expect(await end).toMatchObject({ exit });
  waiting.close();
});
