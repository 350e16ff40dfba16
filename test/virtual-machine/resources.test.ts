import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { complaints } from './complaints.ts';
import { type MachineRun, runInMachine } from './machine.ts';

// What is about limits and devices. Others can be named by hand, separated by spaces.
const named = process.env.SC_MACHINE_TESTS?.split(' ');
const patterns = named ?? [
  'test/linux/cgroup/*.test.ts',
  'test/backend/native/{cgroup-attacks,delegation,devices,resources*}.test.ts',
];
const files = globSync(patterns).sort();

/** Milliseconds: several times what it takes where the processor has nothing else to do. */
const timeout = (named === undefined ? 15 : 60) * 60_000;

let directory: string;
let run: MachineRun;

beforeAll(async () => {
  expect(files, patterns.join(' ')).not.toEqual([]);
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  run = await runInMachine(files, { directory, timeout });
}, timeout + 60_000);

afterAll(() => rmSync(directory, { recursive: true }));

test('the machine has what it is for', () => {
  expect(run.kernel, run.console).toMatch(/^6\.1\./);
  expect(run.controlGroups).toEqual(['cgroup2 on /sys/fs/cgroup']);
});

test('the machine turns itself off when all is done', () => {
  expect(run.ended, run.console).toBe(true);
});

test.each(files)('%s passes on Linux 6.1 with control groups of v2 alone', (file) => {
  const result = run.results.find((result) => result.file === file);
  expect(result && complaints(result)).toEqual([]);
});
