import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CgroupPlan, parseOom } from '../../../src/linux/cgroup/cgroup.ts';
import { readHostCgroups } from '../../../src/linux/cgroup/hierarchy.ts';
import { thisHost } from '../../../src/linux/cgroup/look.ts';
import { planCgroups } from '../../../src/linux/cgroup/plan.ts';

// A plan carried out on this kernel, in groups of its own.
const memory = 16 * 1024 * 1024;
let plan: CgroupPlan;

beforeEach(() => {
  const request = { parent: `/sc-test-${process.pid}`, id: 'a'.repeat(64), resources: { memory, pids: 8 } };
  plan = planCgroups(readHostCgroups(), request, thisHost);
  for (const { path, files } of plan.parents) {
    mkdirSync(path, { recursive: true });
    for (const { file, value } of files ?? []) writeFileSync(`${path}/${file}`, value);
  }
  for (const { path, writes } of plan.groups) {
    mkdirSync(path);
    for (const { file, value } of writes) writeFileSync(`${path}/${file}`, value);
  }
});

afterEach(async () => {
  for (const { path } of plan.groups) await remove(path);
  for (const { path } of [...plan.parents].reverse()) if (path.includes('/sc-test-')) await remove(path);
});

/** Joins the groups as a container's init does, then goes on with `script`. */
function joined(script: string): string[] {
  const joins = plan.groups.map(({ path, procsFile }) => `echo 0 > ${path}/${procsFile}`);
  return ['-c', [...joins, script].join('\n')];
}

test('the limits are in the files', () => {
  for (const { path, writes } of plan.groups) {
    for (const { file, value } of writes) {
      expect(`${file} ${readFileSync(`${path}/${file}`, 'utf8').trim()}`).toBe(`${file} ${value}`);
    }
  }
});

test('the least quota of processor time is one that the kernel takes', () => {
  const request = { parent: `/sc-test-${process.pid}-cpu`, id: 'a', resources: { cpus: 0.001, pids: -1 } };
  const { parents, groups } = planCgroups(readHostCgroups(), request, thisHost);
  const made = [...parents.map(({ path }) => path), ...groups.map(({ path }) => path)].filter((path) =>
    path.includes(request.parent),
  );
  try {
    for (const { path, files = [] } of [
      ...parents,
      ...groups.map(({ path, writes }) => ({ path, files: writes })),
    ]) {
      mkdirSync(path, { recursive: true });
      for (const { file, value } of files) writeFileSync(`${path}/${file}`, value);
    }
    const values = groups.flatMap(({ writes }) =>
      writes.filter(({ file }) => file.startsWith('cpu.')).map(({ value }) => value),
    );
    expect(['1000 1000000', '1000000 1000']).toContain(values.join(' '));
  } finally {
    for (const path of made.reverse()) if (existsSync(path)) rmdirSync(path);
  }
});

test('who takes more memory than the limit is killed, and the group tells', () => {
  const oom = (): boolean =>
    plan.groups.some(
      ({ path, oom }) => oom !== undefined && parseOom(readFileSync(`${path}/${oom}`, 'utf8')),
    );
  expect(oom()).toBe(false);
  // tail keeps what it reads for as long as no line ends.
  expect(spawnSync('sh', joined('exec tail /dev/zero')).signal).toBe('SIGKILL');
  expect(oom()).toBe(true);
});

test('more processes than the limit are refused', () => {
  const { stderr } = spawnSync('sh', joined('for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait'), {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/fork/);
});

test('a group of v2 is killed whole by one write', async () => {
  const group = plan.groups.find(({ kill }) => kill !== undefined);
  if (group?.kill === undefined) throw new Error('this kernel has no tree of v2');
  const child = spawn('sh', joined('sleep 100 & echo ready; wait'), { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  writeFileSync(`${group.path}/${group.kill}`, '1');
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
});

/** The last process of a group may still be on its way out. */
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
