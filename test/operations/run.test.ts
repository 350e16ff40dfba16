import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Caller } from '../../src/operations/caller.ts';
import { run } from '../../src/operations/run.ts';
import type { RunFlags } from '../../src/operations/run-flags.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import { eventually } from '../support/command-line.ts';
import { makeWorkshop } from '../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../support/leak-check.ts';
import { unmount } from '../support/mounted.ts';

// As a program does that imports the operation: nothing of this process is asked for but what is passed in.

const flags: RunFlags = { interactive: false, tty: false, rm: false, detach: false, 'read-only': false };

let before: ReturnType<typeof snapshotHost>;
let workshop: ReturnType<typeof makeWorkshop>;
let files: number[];

beforeEach(() => {
  before = snapshotHost();
  workshop = makeWorkshop();
  files = [];
});
afterEach(async () => {
  for (const file of files) closeSync(file);
  workshop.remove();
  await expectNoLeaks(before);
});

const settings = () => ({
  root: join(workshop.directory, 'store'),
  backend: 'native',
  storageDriver: 'overlay',
});

function makeCaller(changes: Partial<Caller> = {}): Caller {
  const stream = (name: string, mode: string) => {
    const descriptor = openSync(name, mode);
    files.push(descriptor);
    return { descriptor, terminal: false };
  };
  return {
    stdin: stream('/dev/null', 'r'),
    stdout: stream(join(workshop.directory, 'stdout'), 'w'),
    stderr: stream(join(workshop.directory, 'stderr'), 'w'),
    environment: { SEEN: 'by the caller' },
    workingDirectory: workshop.directory,
    signals: new EventEmitter(),
    ...changes,
  };
}

const output = () => readFileSync(join(workshop.directory, 'stdout'), 'utf8');

test("a container runs on the caller's streams, directory and environment", async () => {
  const words = ['./rootfs', 'sh', '-c', 'echo $SEEN; exit 4'];
  const ended = await run({ ...flags, rm: true, env: ['SEEN'] }, words, settings(), makeCaller());
  expect(ended).toMatchObject({ exit: { code: 4, cause: 'exit' }, removed: true });
  expect(output()).toBe('by the caller\n');
});

test('it ends when the caller aborts', async () => {
  const abort = new AbortController();
  const running = run(
    { ...flags, rm: true },
    ['./rootfs', 'sh', '-c', 'echo ready; sleep 1000'],
    settings(),
    makeCaller({ abort: abort.signal }),
  );
  await eventually(() => (output() === 'ready\n' ? true : undefined));
  abort.abort();
  expect(await running).toMatchObject({ exit: { code: 137, signal: 'SIGKILL', cause: 'signal' } });
});

test('no signal of the caller is listened to afterwards', async () => {
  const signals = new EventEmitter();
  await run({ ...flags, rm: true }, ['./rootfs', 'true'], settings(), makeCaller({ signals }));
  expect(signals.eventNames()).toEqual([]);
});

test('a signal that asks for the end before the start leaves nothing, and is how it has ended', async () => {
  const signals = new EventEmitter();
  const listening = new Promise((resolve) => signals.once('newListener', resolve));
  const running = run({ ...flags }, ['./rootfs', 'true'], settings(), makeCaller({ signals }));
  await listening;
  signals.emit('SIGTERM');
  expect(await running).toMatchObject({
    exit: { code: 143, signal: 'SIGTERM', cause: 'runner' },
    removed: true,
  });
  expect(await (await openWorkplace(settings())).store.list()).toEqual({ containers: [], broken: [] });
  expect(readdirSync(join(workshop.directory, 'store/storage/overlay'))).toEqual(['.removed']);
  expect(signals.eventNames()).toEqual([]);
});

test('the end of a container whose record cannot be written stands, and so does what it wrote', async () => {
  const store = join(workshop.directory, 'store');
  mkdirSync(store, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', store]);
  try {
    const words = ['./rootfs', 'sh', '-c', 'cat /dev/zero > /zero; exit 7'];
    const ended = await run({ ...flags, name: 'full' }, words, settings(), makeCaller());
    expect(ended).toMatchObject({ exit: { code: 7 }, removed: false });
    const said = readFileSync(join(workshop.directory, 'stderr'), 'utf8');
    expect(said).toMatch(/sc: "full" has ended, but: record container ".*": .*ENOSPC\n$/);
    expect(statSync(join(store, 'storage/overlay', ended.id, 'upper/zero')).size).toBeGreaterThan(1e6);
  } finally {
    await unmount(store);
  }
});

describe('what fails', () => {
  const listing = async () => (await openWorkplace(settings())).store.list();

  test.each([
    ['in the root filesystem', { user: 'nobody-here' }, ['./rootfs', 'true'], 'SC_NOT_FOUND'],
    ['in the start', { volume: ['./nowhere:/x'] }, ['./rootfs', 'true'], 'SC_START_FAILED'],
    ['at the program', {}, ['./rootfs', 'nowhere'], 'SC_PROGRAM_NOT_FOUND'],
    ['in the storage', {}, ['./nowhere', 'true'], 'SC_STORAGE_FAILED'],
  ])('%s is undone', async (_where, changes, words, code) => {
    const signals = new EventEmitter();
    await expect(
      run({ ...flags, ...changes }, words, settings(), makeCaller({ signals })),
    ).rejects.toMatchObject({ code });
    expect(await listing()).toEqual({ containers: [], broken: [] });
    expect(signals.eventNames()).toEqual([]);
  });
});
