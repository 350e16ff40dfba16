import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Neighbour } from '../../src/conformance/neighbour.ts';
import { eventually } from '../support/command-line.ts';

let directory: string;
let neighbour: Neighbour | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  writeFileSync(join(directory, 'page'), 'hello');
});
afterEach(async () => {
  await neighbour?.remove();
  neighbour = undefined;
  rmSync(directory, { recursive: true });
});

const links = () => readFileSync('/proc/net/dev', 'utf8');
const routes = () => readFileSync('/proc/net/route', 'utf8');

test('another machine has a network of its own, and each reaches the other', async () => {
  const before = [links(), routes()].join().split('\n').length;
  neighbour = await Neighbour.make('sctestk1x1');
  const { ipv4, enter } = neighbour;
  const [file = '', ...args] = enter;
  const there = (...command: string[]) => execa(file, [...args, ...command], { reject: false });

  const { stdout } = await there('ip', '-o', 'address');
  expect(stdout).toContain(` ${ipv4.neighbour}/30 `);
  expect(stdout).not.toContain(ipv4.machine);
  expect((await there('cat', '/proc/net/dev')).stdout).not.toContain('sctestk1x1');

  const serve = (address: string) => ['httpd', '-f', '-p', `${address}:8080`, '-h', directory];
  const ask = (address: string) => ['wget', '-q', '-O', '-', `http://${address}:8080/page`];
  const programs = [
    there('busybox', ...serve(ipv4.neighbour)),
    execa('busybox', serve(ipv4.machine), { reject: false }),
  ];
  try {
    await eventually(async () => {
      const answers = [
        await execa('busybox', ask(ipv4.neighbour), { reject: false }),
        await there('busybox', ...ask(ipv4.machine)),
      ];
      return answers.every(({ stdout }) => stdout === 'hello') ? true : undefined;
    });
  } finally {
    for (const program of programs) {
      program.kill('SIGKILL');
      await program;
    }
  }

  await neighbour.remove();
  neighbour = undefined;
  expect(links()).not.toContain('sctestk1x1');
  expect([links(), routes()].join().split('\n')).toHaveLength(before);
});

test('two at the same time have different addresses', async () => {
  neighbour = await Neighbour.make('sctestk1x2');
  const other = await Neighbour.make('sctestk1x3');
  await other.remove();
  expect(other.ipv4.machine).not.toBe(neighbour.ipv4.machine);
});
