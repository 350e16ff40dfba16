import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bootId } from '../../src/linux/boot.ts';
import { processReference } from '../../src/linux/process.ts';
import { Supervisor } from '../../src/monitor/supervisor.ts';
import type { Caller } from '../../src/operations/caller.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { stop } from '../../src/operations/stop.ts';
import { openWorkplace, type Workplace } from '../../src/operations/workplace.ts';
import { eventually } from '../support/command-line.ts';
import { makeWorkshop } from '../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../support/leak-check.ts';
import { leaveFromOldBoot, startedAt, stopped } from '../support/old-boot.ts';

const stream = { descriptor: 2, terminal: false };
const caller: Caller = {
  ...{ stdin: stream, stdout: stream, stderr: stream },
  environment: {},
  workingDirectory: '/',
  signals: new EventEmitter(),
};

/** No container of these has neighbours. */
const means = { self: ['/bin/true'], serveNames: () => Promise.reject(new Error('nobody has names')) };

let before: ReturnType<typeof snapshotHost>;
let workshop: ReturnType<typeof makeWorkshop>;
let root: string;
let place: Workplace;
/** It is in this process, which is no monitor: its time can be set forward. */
let supervisor: Supervisor;
beforeEach(async () => {
  before = snapshotHost();
  workshop = makeWorkshop();
  root = join(workshop.directory, 'store');
  place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
  supervisor = new Supervisor(place, means, () => {});
});
afterEach(async () => {
  vi.useRealTimers();
  await supervisor.close();
  await deleteContainers({ force: true }, place.settings);
  workshop.remove();
  await expectNoLeaks(before);
});

const leave = (
  ...[restart, changes]: Parameters<typeof leaveFromOldBoot> extends [unknown, ...infer Rest] ? Rest : never
) => leaveFromOldBoot({ root, rootfs: workshop.rootfs }, restart, changes);
const running = (id: string) =>
  eventually(async () => {
    const state = await place.store.find(id);
    return state.status === 'running' ? state : undefined;
  });

test('a monitor of an earlier boot that had its number and its start is not taken for this one', async () => {
  const { id } = await leave({ policy: 'always' }, { ...stopped, runner: processReference(process.pid) });
  await supervisor.adoptAll();
  expect(await running(id)).toMatchObject({ bootId: bootId(), restarts: { total: 1, inARow: 1 } });
  await supervisor.adoptAll();
  expect(readFileSync(join(root, 'storage/overlay', id, 'upper/count'), 'utf8')).toBe('x\n');
});

test('what it has started itself is not taken up by it, and so not heard twice', async () => {
  await leave({ policy: 'never' }, stopped);
  await supervisor.start('web');
  // The pipe of its keeper's news is among them.
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const alone = descriptors();
  await supervisor.adoptAll();
  expect(descriptors()).toBe(alone);
});

test('a restart that is cancelled keeps it for a minute at most', async () => {
  const hour = 3_600_000;
  const nextAt = new Date(Date.now() + hour).toISOString();
  await leave(
    { policy: 'always', maxDelay: hour },
    { ...stopped, restarts: { total: 1, inARow: 1, nextAt } },
  );
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await supervisor.adoptAll();
  vi.advanceTimersByTime(60_000);
  // It is looked at, and waits on.
  await eventually(async () => (vi.getTimerCount() > 0 ? true : undefined));
  expect(supervisor.isNeeded()).toBe(true);
  await stop({ containers: ['web'] }, place.settings, caller);
  vi.advanceTimersByTime(60_000);
  await eventually(async () => (supervisor.isNeeded() ? undefined : true));
});

test('what cannot be taken up is tried again', async () => {
  const { id } = await leave({ policy: 'always' }, { startedAt });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  execFileSync('mount', ['--bind', '--make-private', root, root]);
  try {
    execFileSync('mount', ['-o', 'remount,bind,ro', root]);
    await supervisor.adoptAll();
  } finally {
    execFileSync('umount', [root]);
  }
  expect(supervisor.isNeeded()).toBe(true);
  expect(await place.store.find(id)).toMatchObject({ status: 'running', bootId: 'before' });
  vi.advanceTimersByTime(60_000);
  const { restarts } = await eventually(async () => {
    const state = await place.store.find(id);
    vi.advanceTimersByTime(100);
    return state.bootId === bootId() && state.status === 'running' ? state : undefined;
  });
  expect(restarts).toEqual({ total: 1, inARow: 1 });
});

test('what the monitor before it has left, and nobody has taken up yet, is restarted all the same', async () => {
  const { id } = await leave({ policy: 'never' }, stopped);
  const earlier = new Supervisor(place, means, () => {});
  await earlier.start('web');
  await earlier.close();
  const dead = { ...processReference(process.pid), startTime: 1 };
  await place.store.update(id, (now) => ({ ...now, runner: dead }));
  await supervisor.restart('web', { timeout: 0 });
  const { runner, restarts } = await running(id);
  expect(runner).toEqual(processReference(process.pid));
  expect(restarts).toBeUndefined();
});
