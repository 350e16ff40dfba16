import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { list } from '../../src/operations/list.ts';
import type { Applied } from '../../src/schema/answer.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.deleteAll());
afterAll(() => cli.remove());

const job = (name: string, script: string, expectations: string, more = '') =>
  `apiVersion: standard-container/v1
kind: Job
metadata: { name: ${name} }
image: ./rootfs
process: { args: [sh, -c, ${JSON.stringify(script)}] }
expect: ${expectations}
${more}`;

test('a Job that ends as its file expects is done, whatever its code, and its output comes as ever', async () => {
  const file = cli.write(
    'good.yaml',
    `${job(
      'good',
      'echo out; echo err >&2; echo x > /made; exit 3',
      '{ exitCode: 3, stdout: { equals: "out\\n" }, stderr: { matches: "^e.r$" }, files: [/made, /etc], diff: { equals: [A /made] }, time: 1m }',
    )}---
${job('after', 'true', '{}', 'dependsOn: [good]')}`,
  );
  const { steps } = await cli.json<Plan>('plan', '--json', file);
  const waiting = steps.find(({ kind, name }) => kind === 'wait' && name === 'good');
  expect(waiting).toMatchObject({ expectations: { 0: { path: 'expect.exitCode', line: 6, wanted: 3 } } });
  expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 0 });
  const { documents, expectations = [], jobs } = await cli.json<Applied>('apply', '--json', file);
  expect(documents).toMatchObject([{ outcome: 'done' }, { outcome: 'done' }]);
  expect(expectations.map(({ path, result }) => `${path} ${result}`)).toEqual([
    ...['exitCode', 'stdout.equals', 'stderr.matches', 'files[0]', 'files[1]', 'diff.equals', 'time'].map(
      (key) => `expect.${key} passed`,
    ),
    'expect.exitCode passed',
  ]);
  expect(jobs[0]).toMatchObject({ exit: { code: 3 } });
});

test('all that does not hold is told with its place, its dependants are skipped, and the container stays to be looked at', async () => {
  const file = cli.write(
    'bad.yaml',
    `${job('bad', 'echo out', '{ stdout: { contains: in }, files: [/nowhere, /tmp/x/y] }')}---
${job('after', 'echo never', '{}', 'dependsOn: [bad]')}`,
  );
  const { stdout, stderr, exitCode } = await cli.sc(
    'apply',
    ...['--report', 'tap=report.tap', '--report', 'junit=report.xml', file],
  );
  expect(stdout).toBe('out\n');
  expect(stderr).toContain('bad.yaml:6:31: expect.stdout.contains: found "out\\n", expected "in" in it\n');
  expect(stderr).toContain('bad.yaml:6:45: expect.files[0]: there is no "/nowhere"\n');
  expect(stderr).toContain('expect.files[1]: there is no "/tmp/x/y"\n');
  expect(stderr).toContain('Job "after" was skipped');
  expect(exitCode).toBe(1);
  expect((await list({ all: true }, cli.settings)).containers).toMatchObject([{ name: 'bad' }]);

  const tap = cli.read('report.tap');
  expect(tap).toMatch(/^TAP version 14\n1\.\.7\n/);
  expect(tap).toMatch(/^not ok 1 - Job bad$/m);
  expect(tap).toMatch(/^ok 2 - bad: expect\.exitCode: 0$/m);
  expect(tap).toMatch(/^not ok 3 - bad: expect\.stdout\.contains: "in"$/m);
  expect(tap).toMatch(/^ok 6 - Job after # SKIP/m);
  expect(tap).toMatch(/^ok 7 - after: expect\.exitCode: 0 # SKIP/m);
  const xml = readFileSync(join(cli.directory, 'report.xml'), 'utf8');
  expect(xml).toMatch(/<testsuite name="bad\.yaml" tests="7" failures="4" errors="0" skipped="2"/);
  expect(xml).toMatch(/<testcase classname="Job bad" name="bad: expect\.stdout\.contains: &quot;in&quot;"/);
});

const delivery = (...steps: string[]) =>
  cli.write(
    'steps.yaml',
    `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: delivery }\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`,
  );
const run = (name: string, script: string, expectations: string, more = '') =>
  `run: { name: ${name}, image: ./rootfs, process: { args: [sh, -c, ${JSON.stringify(script)}] }, expect: ${expectations}${more} }`;

test('a run step is checked where its end is seen: at a wait, at a stop, and when the Job is over', async () => {
  const file = delivery(
    run('one', 'echo one; exit 7', '{ exitCode: 7, stdout: { contains: one } }'),
    'wait: { container: one }',
    // As process 1 it does not hear that it is to end before it has made the file.
    run('two', 'echo two > /two; trap "exit 0" TERM; while :; do sleep 0.02; done', '{ files: [/two] }'),
    'copy: { from: two:/etc/hostname, to: ./ }',
    'stop: { container: two }',
    run('three', 'sleep 60', '{ diff: { lacks: [D /etc/passwd] } }', ', monitor: { init: true }'),
  );
  const { documents, expectations = [] } = await cli.json<Applied>('apply', '--json', file);
  expect(documents).toMatchObject([{ outcome: 'done' }]);
  // Nobody knows with which code what is stopped ends.
  expect(expectations.map(({ container, path, result }) => `${container} ${path} ${result}`)).toEqual([
    'one steps[0].run.expect.exitCode passed',
    'one steps[0].run.expect.stdout.contains passed',
    'two steps[2].run.expect.files[0] passed',
    'three steps[5].run.expect.diff.lacks passed',
  ]);
  expect((await list({ all: true }, cli.settings)).containers).toEqual([]);
});

test('what a run step does not hold ends the Job, and what was never run is unchecked', async () => {
  const file = delivery(
    run('one', 'echo one', '{ stdout: { contains: two } }'),
    'wait: { container: one }',
    run('two', 'true', '{ time: 10s }'),
    'wait: { container: two }',
  );
  const { stderr, exitCode } = await cli.sc('apply', file);
  expect(stderr).toBe(
    'steps.yaml:5:111: steps[0].run.expect.stdout.contains: found "one\\n", expected "two" in it\n',
  );
  expect(exitCode).toBe(1);
  const applied = JSON.parse((await cli.sc('apply', '--json', file)).stdout) as Applied;
  expect(applied.expectations?.map(({ result }) => result)).toEqual([
    'passed',
    'failed',
    'unchecked',
    'unchecked',
  ]);
});

test('what nobody checks is refused by name', async () => {
  const kept = job('kept', 'true', '{ exitCode: 0 }').replace('kind: Job', 'kind: Container');
  expect(await cli.sc('apply', cli.write('kept.yaml', kept))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/6:\d+: expect\.exitCode: "expect" of a Container is not supported/),
  });
  const seen = job('seen', 'true', '{ listening: [80] }');
  expect(await cli.sc('apply', cli.write('seen.yaml', seen))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/expect\.listening\[0\]/),
  });
  const shown = job('shown', 'true', '{ stdout: { contains: x } }', 'terminal: { tty: true }');
  expect(await cli.sc('apply', cli.write('shown.yaml', shown))).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/expect\.stdout: with a terminal nobody listens/),
  });
  expect(await cli.sc('apply', '--report', 'html=x', 'seen.yaml')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/--report: found "html=x"/),
  });
});

test('a report that cannot be written is an error with its place, before anything is done where that is to be seen', async () => {
  const file = cli.write('fine.yaml', job('fine', 'echo done', '{ exitCode: 0 }'));
  expect(await cli.sc('apply', '--report', 'tap=missing/report.tap', file)).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/^sc: --report "missing\/report\.tap": access "missing": ENOENT\n/),
  });
  expect(await cli.sc('apply', '--report', 'tap=/dev/full', file)).toMatchObject({
    exitCode: 1,
    stdout: 'done\n',
    stderr: 'sc: write a report to "/dev/full": write: ENOSPC\n',
  });
});
