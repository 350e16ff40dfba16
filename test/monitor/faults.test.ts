import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScError } from '../../src/errors/error.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { kill } from '../../src/operations/kill.ts';
import { list } from '../../src/operations/list.ts';
import { reachMonitor } from '../../src/operations/monitor.ts';
import type { RunFlags } from '../../src/operations/run-flags.ts';
import { start } from '../../src/operations/start.ts';
import { stop } from '../../src/operations/stop.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import type { StartResult } from '../../src/schema/operations/start.ts';
import { validateResult } from '../../src/schema/operations/validate-start.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored, self } from '../support/monitored.ts';
import { unmount } from '../support/mounted.ts';
import { processesWith } from '../support/processes.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

const place = (name: string) => join(monitored.root, name);
const own = (names: string[]) => names.filter((name) => !name.startsWith('.'));

/** What is left of containers of which there are none any more. */
function leftOver(): string[] {
  return ['containers', 'storage/overlay'].flatMap((name) => own(readdirSync(place(name))));
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
    return 'done';
  } catch (error) {
    return error instanceof ScError ? error.code : String(error);
  }
}

const waiting = 'echo ready; while [ -z "$go" ]; do sleep 0.02; done';
/** Resolves when it is at where it waits. */
const runReady = async (flags: Partial<RunFlags>, script: string) => {
  const { id } = await monitored.run(flags, 'sh', '-c', script);
  await eventually(async () => ((await monitored.log(id)).includes('ready\n') ? true : undefined));
  return id;
};

describe('many at once', () => {
  test('of fifty who run a container of one name one wins, and of the others nothing is left', async () => {
    const codes = await Promise.all(
      Array.from({ length: 50 }, () => codeOf(monitored.run({ name: 'only' }, 'sleep', '1000'))),
    );
    expect(codes.sort()).toEqual([...Array.from({ length: 49 }, () => 'SC_EXISTS'), 'done']);
    expect(own(readdirSync(place('containers')))).toHaveLength(1);
    expect(own(readdirSync(place('storage/overlay')))).toHaveLength(1);
  });

  test('twenty are started by one call, and by as many', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `box-${index}`);
    await Promise.all(names.map((name) => monitored.run({ name }, 'sh', '-c', 'echo run; sleep 0.1')));
    await Promise.all(names.map((name) => monitored.ended(name)));
    const { settings, caller } = monitored;
    expect((await start({ containers: names }, settings, caller)).containers.map(({ name }) => name)).toEqual(
      names,
    );
    await Promise.all(names.map((name) => monitored.ended(name)));
    await Promise.all(names.map((name) => start({ containers: [name] }, settings, caller)));
    for (const name of names) {
      const { id } = await monitored.ended(name);
      expect(await monitored.log(id)).toEqual(['run\n', 'run\n', 'run\n']);
    }
  }, 60_000);

  test('a deletion against a start leaves a container that runs, or none', async () => {
    const { settings, caller } = monitored;
    for (let round = 0; round < 8; round++) {
      const { id } = await monitored.run({ name: 'box' }, 'true');
      await monitored.ended(id);
      const [started, deleted] = await Promise.all([
        start({ containers: [id] }, settings, caller),
        sleep(Math.random() * 30).then(() =>
          deleteContainers({ containers: [id], force: round % 2 === 0 }, settings),
        ),
      ]);
      const codes = [...started.failures, ...deleted.failures].map(({ error }) => error.code);
      for (const code of codes) expect(['SC_NOT_FOUND', 'SC_WRONG_STATE']).toContain(code);
      await deleteContainers({ force: true }, settings);
      expect(leftOver()).toEqual([]);
    }
  }, 60_000);

  test('a stop against a start leaves a container that has stopped, or runs', async () => {
    const { settings, caller } = monitored;
    const { id } = await monitored.run({ name: 'box', restart: 'always' }, 'sleep', '1000');
    for (let round = 0; round < 6; round++) {
      await Promise.all([
        sleep(Math.random() * 20).then(() => start({ containers: [id] }, settings, caller)),
        sleep(Math.random() * 20).then(() => stop({ containers: [id], timeout: 0 }, settings, caller)),
      ]);
      const { status } = await monitored.look(id);
      expect(['running', 'stopped']).toContain(status);
      await start({ containers: [id] }, settings, caller);
      expect(await monitored.look(id)).toMatchObject({ status: 'running' });
    }
    await stop({ containers: [id], timeout: 0 }, settings, caller);
    await sleep(300);
    expect(await monitored.look(id)).toMatchObject({ status: 'stopped' });
  });
});

test('sc run -d that is killed at any moment leaves a container that runs, or none', async () => {
  await monitored.run({ name: 'first' }, 'sleep', '1000');
  const [node = '', ...words] = [...self, 'run', '-d', '--root', monitored.root, './rootfs', 'sleep', '1000'];
  const runAndKill = async (number: number) => {
    const child = spawn(node, words, { cwd: monitored.directory, stdio: 'ignore' });
    const ended = once(child, 'exit');
    // From before it makes anything until it is done.
    await Promise.race([sleep(100 + number * 20), ended]);
    child.kill('SIGKILL');
    await ended;
  };
  for (let round = 0; round < 10; round++)
    await Promise.all([0, 10, 20, 30, 40].map((number) => runAndKill(number + round)));
  // The monitor may still be at the last ones.
  const { containers, broken } = await eventually(async () => {
    const all = await list({ all: true }, monitored.settings);
    return all.containers.every(({ status }) => status === 'running') ? all : undefined;
  });
  expect(broken).toEqual([]);
  const ids = containers.map(({ id }) => id).sort();
  expect(own(readdirSync(place('containers'))).sort()).toEqual(ids);
  await eventually(() =>
    JSON.stringify(own(readdirSync(place('storage/overlay'))).sort()) === JSON.stringify(ids)
      ? true
      : undefined,
  );
}, 120_000);

describe('a monitor', () => {
  test('that is killed is followed by another, though nobody asks for one', async () => {
    const { id } = await monitored.run({}, 'sleep', '1000');
    const pid = await monitored.listening();
    process.kill(pid, 'SIGKILL');
    const next = await eventually(async () => {
      const { runner } = await monitored.look(id);
      return runner.pid === pid ? undefined : runner.pid;
    });
    expect(await monitored.listening()).toBe(next);
  });

  test('with too few descriptors says so, keeps what runs, and starts the same container when it has them', async () => {
    const kept = await runReady({ name: 'kept' }, `trap "exit 6" USR1; ${waiting}`);
    const { id } = await monitored.run({ name: 'box' }, 'true');
    await monitored.ended(id);
    const client = await reachMonitor(await openWorkplace(monitored.settings), monitored.caller);
    const { pid } = client.greeting;
    const count = () => readdirSync(`/proc/${pid}/fd`).length;
    const open = count();
    const limit = (most: number) => execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${most}:`]);
    const start = async () =>
      (await client.call<StartResult>('start', { containers: ['box'] }, validateResult)).failures[0];
    let refused = 0;
    for (let more = 0; ; more += 3) {
      limit(open + more);
      const failure = await start();
      expect(await monitored.ended(id)).toMatchObject({ exit: { code: 0 } });
      if (failure === undefined) break;
      const { errno, message, hint } = failure.error;
      // EBADF of a keeper for which a number is beyond the limit.
      if (errno !== 'EBADF')
        expect({ errno, message }).toEqual({
          errno: 'EMFILE',
          message: expect.stringMatching(/^(start|lock) ".*box/),
        });
      expect(hint).toMatch(/^allow sc more .*open files.* \(ulimit -n\)$/);
      refused += 1;
    }
    expect(refused).toBeGreaterThan(10);
    const { SIGUSR1: signal } = constants.signals;
    expect((await kill({ containers: [kept], signal }, monitored.settings)).failures).toEqual([]);
    expect((await monitored.ended('kept')).exit).toEqual({ code: 6, cause: 'exit' });
    limit(1024);
    expect(await start()).toBeUndefined();
    await monitored.ended(id);
    // Without what it had of the other one.
    await eventually(() => (count() < open ? true : undefined));
    client.close();
    expect(await monitored.listening()).toBe(pid);
  }, 60_000);

  test('whose root is removed lets its containers end, and is no obstacle to the next', async () => {
    await monitored.run({ name: 'lost' }, 'sleep', '1');
    const pid = await monitored.listening();
    rmSync(monitored.root, { recursive: true });
    await monitored.run({ name: 'next' }, 'true');
    expect((await monitored.ended('next')).exit).toEqual({ code: 0, cause: 'exit' });
    const next = await monitored.listening();
    expect(next).not.toBe(pid);
    process.kill(pid, 'SIGTERM');
    await eventually(() => (monitored.monitors().includes(pid) ? undefined : true));
    expect(await monitored.listening()).toBe(next);
  });
});

describe('a full disk', () => {
  beforeEach(() => {
    mkdirSync(monitored.root, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'sc-test', monitored.root]);
  });
  afterEach(async () => {
    await monitored.dismiss();
    await unmount(monitored.root);
  });

  const fill = () => {
    for (const size of [1 << 16, 1 << 12, 1])
      try {
        for (let number = 0; ; number++) writeFileSync(place(`full-${size}-${number}`), Buffer.alloc(size));
      } catch {
        // As was meant.
      }
  };
  const empty = () => {
    for (const name of readdirSync(monitored.root)) if (name.startsWith('full-')) rmSync(place(name));
  };

  test('loses no end, and what waits for one is done when there is room', async () => {
    const { settings, caller } = monitored;
    const endBy = (signal: string, code: number) =>
      `[ -e ran ] && exit ${code}; touch ran; trap "exit ${code}" ${signal}; ${waiting}`;
    await runReady({ name: 'ends' }, endBy('USR1', 5));
    await runReady({ name: 'again', restart: 'on-failure:1' }, endBy('USR1', 6));
    await runReady({ name: 'stopped' }, endBy('TERM', 7));
    await runReady({ name: 'deleted' }, endBy('TERM', 8));
    fill();
    expect(await codeOf(monitored.run({ name: 'new' }, 'true'))).toBe('SC_SYSTEM_CALL');
    const deleted = await deleteContainers({ containers: ['deleted'], force: true }, settings);
    expect(deleted.failures).toEqual([]);
    fill();
    const { SIGUSR1: signal } = constants.signals;
    expect((await kill({ containers: ['ends', 'again'], signal }, settings)).failures).toEqual([]);
    expect((await stop({ containers: ['stopped'] }, settings, caller)).failures).toEqual([]);
    expect((await monitored.ended('ends')).exit).toEqual({ code: 5, cause: 'exit' });
    expect((await monitored.ended('again')).exit).toEqual({ code: 6, cause: 'exit' });
    expect((await monitored.ended('stopped')).exit).toMatchObject({ code: 7 });
    empty();
    await eventually(async () => ((await monitored.look('again')).restarts?.total === 1 ? true : undefined));
    expect(await monitored.settled('again')).toMatchObject({ exit: { code: 6 }, restarts: { total: 1 } });
    const { containers } = await list({ all: true }, settings);
    expect(containers.map(({ name }) => name).sort()).toEqual(['again', 'ends', 'stopped']);
    expect((await deleteContainers({}, settings)).failures).toEqual([]);
    expect(leftOver()).toEqual([]);
  }, 60_000);

  test('holds up who writes into a log; who asks hears of it, and may end it all the same', async () => {
    const { settings, caller } = monitored;
    const script = `trap go=1 USR1; ${waiting}; seq 1 200000; sleep 1000`;
    const id = await runReady({ name: 'flood' }, script);
    const { keeper, init } = await monitored.look(id);
    fill();
    await kill({ containers: [id], signal: constants.signals.SIGUSR1 }, settings);
    const words = () => readFileSync(place('monitor/log'), 'utf8');
    // Who writes waits for the keeper, and that for room.
    await eventually(() => {
      const writer = processesWith(init?.pid ?? 0).find((pid) => statOf(pid).startsWith('(seq) S'));
      return writer !== undefined && / S /.test(statOf(keeper?.pid ?? 0)) ? true : undefined;
    });
    empty();
    await eventually(async () => ((await monitored.log(id))[0]?.endsWith('200000\n') ? true : undefined));
    const again = `write the log of container "${id}": it is written again`;
    await eventually(() => (words().includes(again) ? true : undefined));
    expect((await stop({ containers: [id], timeout: 0 }, settings, caller)).failures).toEqual([]);
  });
});

/** Name and state of a process (proc_pid_stat(5)), nothing of one that has gone. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^\d+ /, '');
  } catch {
    return '';
  }
}
