import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostSide } from '../../src/conformance/host-side.ts';
import { eventually, isAlive } from '../support/command-line.ts';

let directory: string;
let host: HostSide;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  host = new HostSide({ directory, command: ['echo', 'runtime'], patience: 60_000 });
});
afterEach(() => {
  host.close();
  rmSync(directory, { recursive: true });
});

test('lines of a shell end where one fails, and have their variables and their input', async () => {
  const script = 'echo "$WORD $(cat)"; pwd; false; echo not reached';
  const answer = await host.script({ script, stdin: 'typed', environment: { WORD: 'said' } });
  expect(answer).toMatchObject({ code: 1, stdout: `said typed\n${directory}\n` });
});

test('what was begun and nobody waits for is killed with its children', async () => {
  const begun = host.script({ script: 'sleep 1000 & echo $! >pid; wait' });
  const file = join(directory, 'pid');
  const child = await eventually(() =>
    existsSync(file) ? Number(readFileSync(file, 'utf8')) || undefined : undefined,
  );
  host.close();
  expect(await begun).toMatchObject({ signal: 'SIGKILL' });
  await eventually(() => (isAlive(child) ? undefined : true));
});

test('the command line is executed by what it goes through', async () => {
  const through = ['sh', '-c', 'echo first; exec "$@"', 'sh'];
  const answer = await host.commandLine({ args: ['ps'], through }, {}, undefined);
  expect(answer).toMatchObject({ code: 0, stdout: 'first\nruntime ps\n' });
});
