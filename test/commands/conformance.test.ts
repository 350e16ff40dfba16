import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AdapterLint, CaseList, ConformanceResult } from '../../src/schema/conformance-answer.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;

beforeEach(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.remove());

const run = (...args: string[]) => cli.sc('conformance', 'run', ...args);

test('sc and runc pass the same cases, and the log tells all of the run', async () => {
  const cases = ['operations/exit-code', 'mounts/read-only-bind', 'wait/all-get-the-same-end'];
  const chosen = cases.flatMap((one) => ['--case', one]);
  for (const runtime of ['sc', 'runc']) {
    const { exitCode, stdout, stderr } = await run('--runtime', runtime, ...chosen, '--log', 'log', '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const result = JSON.parse(stdout) as ConformanceResult;
    expect(result).toMatchObject({
      complete: true,
      counts: { PASS: cases.length },
      troubles: [],
      log: 'log',
    });
    const events = cli
      .read('log')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'run', runtime: { declared: { name: runtime } } });
    expect(
      events
        .slice(1, -1)
        .map((event) => event.case)
        .sort(),
    ).toEqual(cases.toSorted());
    expect(events.at(-1)).toMatchObject({ event: 'end', counts: { PASS: cases.length } });
  }
});

test('a seed gives the order again', async () => {
  const orders = await Promise.all(
    ['7', '7', '8'].map(async (seed) => {
      const { stderr } = await run('--runtime', '/no/such', '--case', 'signals', '--seed', seed, '-v');
      return stderr;
    }),
  );
  expect(orders[0]).toBe(orders[1]);
  expect(orders[0]).not.toBe(orders[2]);
});

const describing = (rest: string) =>
  `sh -c 'read a; echo "{\\"id\\":1,\\"ok\\":true,\\"value\\":{\\"name\\":\\"x\\",\\"version\\":\\"1\\",\\"operations\\":[\\"run\\",\\"wait\\",\\"kill\\"],\\"fields\\":[\\"*\\"]}}"; ${rest}'`;

test.each([
  ['does not exist', ['--runtime', '/no/such/runtime'], 'ERROR'],
  ['answers nonsense', ['--runtime', 'x', '--adapter', 'echo hello'], 'CRASH'],
  ['ends after it has described itself', ['--runtime', 'x', '--adapter', describing('exit 3')], 'CRASH'],
])('a runtime that %s ends each case so, and the run with 1', async (_, args, state) => {
  const chosen = ['--case', 'operations/exit-code', '--case', 'operations/exit-by-signal'];
  const { exitCode, stdout } = await run(...args, ...chosen, '--json');
  const { counts, complete } = JSON.parse(stdout) as ConformanceResult;
  expect({ exitCode, counts, complete }).toEqual({ exitCode: 1, counts: { [state]: 2 }, complete: true });
});

test('cases are tried at the same time, as many as jobs', async () => {
  const meet = `mkdir -p met/$$; until [ $(ls met | wc -l) -ge 2 ]; do sleep 0.02; done; exit 3`;
  const adapter = describing(`read b; cd ${cli.directory}; ${meet}`);
  const chosen = ['--case', 'operations/exit-code', '--case', 'operations/exit-by-signal'];
  const { stdout } = await run('--runtime', 'x', '--adapter', adapter, ...chosen, '--jobs', '2', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ counts: { CRASH: 2 } });
});

test('who has left something while others were tried is found, and nobody else', async () => {
  const chosen = ['operations/exit-code', 'operations/nothing-named'].flatMap((one) => ['--case', one]);
  const { stdout } = await run('--runtime', 'mutant:leak-mount', ...chosen, '--jobs', '2', '--json');
  const { counts, troubles } = JSON.parse(stdout) as ConformanceResult;
  expect({ counts, troubles }).toEqual({
    counts: { PASS: 1, FAIL: 1 },
    troubles: [
      {
        ...{ case: 'operations/exit-code', state: 'FAIL' },
        reason: expect.stringContaining('left on the host: mount of tmpfs'),
      },
    ],
  });
});

test('a run of no case is an error', async () => {
  const { exitCode, stderr } = await run('--runtime', 'sc', '--case', 'nothing/*');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('no case was selected');
});

test('a runtime that nobody knows is refused with those that there are', async () => {
  const { exitCode, stderr } = await run('--runtime', 'rnuc');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('there is no adapter for "rnuc"');
});

test('cases are listed with the statements that they check, and those that none does', async () => {
  const { stdout } = await cli.sc('conformance', 'list', '--profile', 'core', '--json');
  const { cases, unchecked } = JSON.parse(stdout) as CaseList;
  expect(cases).toContainEqual(
    expect.objectContaining({
      case: 'operations/exit-code',
      requirements: expect.arrayContaining(['SC-OPS-007', 'SC-OPS-032']),
    }),
  );
  expect(cases.every(({ profiles }) => profiles.includes('core'))).toBe(true);
  expect(unchecked).not.toContain('SC-OPS-032');
});

test.each(['sc', 'runc', 'podman', 'lxc'])('the adapter of %s holds to the protocol', async (runtime) => {
  const { stdout } = await cli.sc('conformance', 'adapter', 'lint', '--runtime', runtime, '--json');
  const { checks, sound } = JSON.parse(stdout) as AdapterLint;
  expect({ bad: checks.filter(({ problem }) => problem !== undefined), sound }).toEqual({
    bad: [],
    sound: true,
  });
  expect(checks.length).toBeGreaterThan(6);
});

test('an adapter is told what it does otherwise than the protocol', async () => {
  const agrees = `node -e 'require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, operation } = JSON.parse(line);
    const about = { name: "liar", version: "1", operations: ["state", "dance"], fields: ["image", "rocess"] };
    console.log(JSON.stringify({ id, ok: true, value: operation === "describe" ? about : {} }));
  })'`;
  const bad = await cli.sc('conformance', 'adapter', 'lint', '--adapter', agrees);
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toContain('nobody knows dance, rocess');
  expect(bad.stdout).toContain('BAD   it refuses an operation that nobody knows: it said that it was done');
  expect(bad.stdout).toContain('not-found: it said that it was there');
});
