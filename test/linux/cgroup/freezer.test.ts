import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Freezer, freeze, freezerOf, isFrozen, thaw } from '../../../src/linux/cgroup/freezer.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';

const PATIENCE = 10_000;

// In each tree of this host that can freeze: that of v2, and the freezer's own of v1.
const trees = readHostCgroups().hierarchies.filter(
  ({ version, controllers }) => version === 2 || controllers.includes('freezer'),
);

let group: Freezer | undefined;
let child: ChildProcess | undefined;

afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  if (group === undefined) return;
  thaw(group);
  for (let tries = 0; existsSync(group.path) && tries < 1500; tries++) {
    try {
      rmdirSync(group.path);
    } catch {
      await setTimeout(20);
    }
  }
  expect(existsSync(group.path)).toBe(false);
});

describe.each(trees.map(({ version, path }) => [version, path] as const))('v%i, at %s', (version, path) => {
  /** Starts a program in a group of its own. */
  async function start(script: string): Promise<{ group: Freezer; program: ChildProcess }> {
    const made = { version, path: `${path}/sc-test-${process.pid}` };
    group = made;
    mkdirSync(made.path);
    const argv = ['-c', `echo 0 >${made.path}/cgroup.procs; echo ready; ${script}`];
    const program = spawn('sh', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    child = program;
    await once(program.stdout, 'data');
    return { group: made, program };
  }

  /** Processor time that it has had, in ticks (proc_pid_stat(5), utime). */
  const ticks = (pid = 0) =>
    Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[11] ?? Number.NaN);

  test('what is frozen takes no time until it goes on', async () => {
    const { group, program } = await start('while :; do :; done');
    const { pid } = program;
    expect(isFrozen(group)).toBe(false);
    await freeze(group, PATIENCE);
    expect(isFrozen(group)).toBe(true);
    const before = ticks(pid);
    await setTimeout(300);
    expect(ticks(pid)).toBe(before);
    thaw(group);
    expect(isFrozen(group)).toBe(false);
    while (ticks(pid) === before) await setTimeout(10);
  });

  test('what is killed dies when it goes on, on v2 without', async () => {
    const { group, program } = await start('exec sleep 1000');
    await freeze(group, PATIENCE);
    program.kill('SIGKILL');
    if (version === 1) {
      await setTimeout(100);
      expect(program.signalCode).toBeNull();
      thaw(group);
    }
    if (program.signalCode === null) await once(program, 'exit');
    expect(program.signalCode).toBe('SIGKILL');
  });

  test('a group that is gone is not frozen, and there is nothing to thaw', async () => {
    const { group } = await start('exit');
    const gone = { version, path: `${group.path}-gone` };
    expect(isFrozen(gone)).toBe(false);
    expect(() => thaw(gone)).not.toThrow();
    await expect(freeze(gone, PATIENCE)).rejects.toThrow('ENOENT');
  });
});

test('of several groups that of v2 freezes', () => {
  const of = (version: 1 | 2, ...controllers: string[]) => ({ version, path: `/${version}`, controllers });
  expect(freezerOf([of(1, 'memory'), of(1, 'freezer'), of(2)])).toEqual(of(2));
  expect(freezerOf([of(1, 'memory'), of(1, 'freezer')])).toEqual(of(1, 'freezer'));
  expect(freezerOf([of(1, 'memory')])).toBeUndefined();
});
