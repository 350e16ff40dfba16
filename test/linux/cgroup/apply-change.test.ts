import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyChange } from '../../../src/linux/cgroup/apply-change.ts';
import type { AddedGroup, CgroupChange } from '../../../src/linux/cgroup/change.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { processesOf } from '../../../src/linux/cgroup/processes.ts';

// Changes of a group with processes, in the tree of this host that counts these; on v2 its parent hands that down.
const tree = readHostCgroups().hierarchies.find(({ controllers }) => controllers.includes('pids'));
const parent = `${tree?.path}/sc-test-${process.pid}`;
const group = `${parent}/container`;
const added = `${parent}/added`;

let child: ChildProcess;
beforeEach(async () => {
  mkdirSync(parent);
  if (tree?.version === 2) {
    writeFileSync(`${tree.path}/cgroup.subtree_control`, '+pids');
    writeFileSync(`${parent}/cgroup.subtree_control`, '+pids');
  }
  mkdirSync(group);
  const script = `echo 0 >${group}/cgroup.procs; for i in 1 2 3; do sleep 1000 & done; echo ready; wait`;
  const started = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  child = started;
  await once(started.stdout, 'data');
});
afterEach(async () => {
  for (const path of [group, added]) for (const pid of processesOf(path)) process.kill(pid, 'SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  for (const path of [group, added, parent]) await remove(path);
});

const limit = () => readFileSync(`${group}/pids.max`, 'utf8').trim();
const container = () => {
  const pids = processesOf(group);
  return {
    // Wherever they are: of a container the groups of the other trees tell.
    processes: () => pids,
    procsIn: () => `${group}/cgroup.procs`,
  };
};
const change = (...values: string[]): CgroupChange => ({
  parents: [],
  writes: values.map((value) => ({ group, file: 'pids.max', value, before: 'max' })),
  added: [],
});
const anotherGroup = (path: string, value: string): AddedGroup => ({
  path,
  hierarchy: tree?.path ?? '',
  procsFile: 'cgroup.procs',
  parents: [{ path: parent }],
  writes: [{ file: 'pids.max', value }],
});

test('a change is what the files say then', () => {
  applyChange(change('100'), container());
  expect(limit()).toBe('100');
});

test('a value that the kernel refuses takes those before it back', () => {
  expect(() => applyChange(change('100', 'many'), container())).toThrow(
    expect.objectContaining({
      code: 'SC_SYSTEM_CALL',
      errno: 'EINVAL',
      message: `set ${group}/pids.max to many: EINVAL`,
      undo: [],
    }),
  );
  expect(limit()).toBe('max');
});

test('a limit that the kernel does not know is told as that', () => {
  const unknown = {
    parents: [],
    writes: [{ group, file: 'pids.most', value: '1', before: 'max' }],
    added: [],
  };
  expect(() => applyChange(unknown, container())).toThrow(
    expect.objectContaining({ errno: 'ENOENT', hint: expect.stringContaining('no such limit') }),
  );
  expect(existsSync(`${group}/pids.most`)).toBe(false);
});

test('a new group has its limits before all processes join it', () => {
  const before = processesOf(group);
  expect(before).toHaveLength(4);
  applyChange({ ...change(), added: [anotherGroup(added, '50')] }, container());
  expect(processesOf(group)).toEqual([]);
  expect(processesOf(added)).toEqual(before);
  expect(readFileSync(`${added}/pids.max`, 'utf8')).toBe('50\n');
});

test('all processes go back where a later step fails, and no group is left', () => {
  const before = processesOf(group);
  const second = `${parent}/second`;
  expect(() =>
    applyChange(
      { ...change('100'), added: [anotherGroup(added, '50'), anotherGroup(second, 'many')] },
      container(),
    ),
  ).toThrow(expect.objectContaining({ message: `set ${second}/pids.max to many: EINVAL`, undo: [] }));
  expect(processesOf(group)).toEqual(before);
  expect([added, second].filter((path) => existsSync(path))).toEqual([]);
  expect(limit()).toBe('max');
});

test('what cannot be taken back is told beside what failed', () => {
  const writes = [
    { group, file: 'pids.max', value: '100', before: 'none' },
    { group, file: 'pids.max', value: 'many', before: 'max' },
  ];
  expect(() => applyChange({ parents: [], writes, added: [] }, container())).toThrow(
    expect.objectContaining({
      message: `set ${group}/pids.max to many: EINVAL`,
      undo: [expect.objectContaining({ message: `set ${group}/pids.max to none: EINVAL` })],
    }),
  );
});

/** Its last process may still be on its way out. */
async function remove(path: string): Promise<void> {
  for (let tries = 0; existsSync(path) && tries < 1500; tries++) {
    try {
      rmdirSync(path);
    } catch {
      await setTimeout(20);
    }
  }
  expect({ path, left: existsSync(path) }).toEqual({ path, left: false });
}
