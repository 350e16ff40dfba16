import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { declare } from '../../../src/linux/libc.ts';
import { makeWorkshop } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

// A group as systemd hands one to a unit with Delegate=yes, in the tree of v2 that this host has.
const setxattr = declare<[string, string, string, number, number]>(
  'int setxattr(const char *path, const char *name, const char *value, size_t size, int flags)',
);
const tree = readHostCgroups().hierarchies.find(({ version }) => version === 2);
const unit = `${tree?.path}/delegated-${process.pid}`;

let workshop: ReturnType<typeof makeWorkshop>;
let before: ReturnType<typeof snapshotHost>;

beforeEach(() => {
  before = snapshotHost();
  workshop = makeWorkshop();
  const handedDown = (tree?.controllers ?? []).map((name) => `+${name}`).join(' ');
  if (handedDown !== '') writeFileSync(`${tree?.path}/cgroup.subtree_control`, handedDown);
  mkdirSync(unit);
  setxattr(unit, 'user.delegate', '1', 1, 0);
});

afterEach(async () => {
  workshop.remove();
  await expectNoLeaks(before);
  for (const group of readdirSync(unit, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
    rmdirSync(join(unit, group.name));
  rmdirSync(unit);
});

interface InUnit {
  runner: ChildProcess;
  ended: Promise<unknown>;
  output: () => string;
}

/** Runs a container from within the unit, beside `neighbours` if there are any. */
async function inUnit(neighbours: string): Promise<InUnit> {
  const args = [join(import.meta.dirname, 'runner.ts'), workshop.directory];
  const script = `echo 0 >${unit}/cgroup.procs; ${neighbours} exec "$@"`;
  const runner = spawn('sh', ['-c', script, 'sh', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [runner.stdout, runner.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
    });
  const ended = once(runner, 'exit');
  await Promise.race([ended, until(() => /^running/m.test(output))]);
  // An emulated processor makes Node itself crash now and then.
  if (runner.signalCode === 'SIGSEGV') {
    if (neighbours !== '') await endNeighbour(output);
    return inUnit(neighbours);
  }
  return { runner, ended, output: () => output };
}

async function endNeighbour(output: string): Promise<void> {
  process.kill(Number(/^neighbour (\d+)$/m.exec(output)?.[1]));
  await until(() => readFileSync(`${unit}/cgroup.procs`, 'utf8') === '');
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(10);
}

/** The group of v2 that a process is in, and what it hands down. */
const groupOf = (pid: number) => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];

test('a container is below the part of the tree that was handed to sc, which makes room itself', async () => {
  const { runner, ended, output } = await inUnit('');
  const keeper = Number(/^running (\d+)$/m.exec(output())?.[1]);
  const [init] = readFileSync(`/proc/${keeper}/task/${keeper}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  const name = unit.slice(unit.lastIndexOf('/'));
  expect(groupOf(keeper)).toMatch(new RegExp(`${name}/supervisor$`));
  expect(groupOf(runner.pid ?? 0)).toMatch(new RegExp(`${name}/supervisor$`));
  expect(groupOf(init ?? 0)).toMatch(new RegExp(`${name}/sc-test/[0-9a-f]{64}$`));
  expect(existsSync(`${tree?.path}/sc-test`)).toBe(false);
  runner.kill('SIGKILL');
  await ended;
  await until(() => !existsSync(`${unit}/sc-test`));
});

test('a container is refused where somebody else is in that very group', async () => {
  const neighbour = 'sleep 1000 >/dev/null 2>&1 & echo neighbour $! ;';
  const { ended, output } = await inUnit(neighbour);
  await ended;
  // What it has said may come after the news of its end.
  await until(() => output().includes('make control groups below'));
  await endNeighbour(output());
  expect(output()).toContain(`make control groups below "${unit}": processes are in it`);
  expect(existsSync(`${unit}/sc-test`)).toBe(false);
});
