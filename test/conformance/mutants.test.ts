import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scAdapter } from '../../src/conformance/adapters/sc.ts';
import { detailsOf } from '../../src/conformance/adapters/serve.ts';
import { type Fault, instead, otherContainers } from '../../src/conformance/mutants/fault.ts';
import { verdictOn } from '../../src/conformance/run-mutants.ts';
import type { CaseEvent } from '../../src/schema/conformance-log.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** How a case ends in which a mutant of sc is to run a container, and the mutant's verdict. */
async function verdictWith(put: Fault, container: object) {
  const { begin, run } = put(scAdapter('native')).operations;
  await begin?.({ directory } as never);
  const streams = { stdin: '/dev/null', stdout: '/dev/null', stderr: '/dev/null' };
  const request = {
    name: 'main',
    container: { image: directory, process: { args: ['true'] }, ...container },
    background: false,
    streams,
  };
  const error = await run?.(request as never).then(
    () => undefined,
    (reason: unknown) => detailsOf(reason),
  );
  const broken = [`refused as ${error?.code}`];
  const event: CaseEvent = {
    ...{ event: 'case', case: 'a/b', title: 'it holds', requirements: ['SC-NS-001'], profiles: [] },
    ...{ level: 'must', state: 'FAIL', reason: broken[0] ?? '', assertions: 1, milliseconds: 9 },
    evidence: [{ step: 1, action: 'run', seen: { error }, broken }],
  };
  const { killers, survived } = verdictOn('share-pid-namespace', [event], ['a/b']);
  return { code: error?.code, killers, survived: survived.length };
}

test('a mutant is not found out by what sc refuses to it alone', async () => {
  expect(await verdictWith(otherContainers({ 'namespaces.pid': 'host' }), {})).toEqual({
    ...{ code: 'SC_UNSUPPORTED', killers: [], survived: 1 },
  });
  expect(await verdictWith(otherContainers({ 'namespaces.pid': 'nonsense' }), {})).toEqual({
    ...{ code: 'SC_BAD_FILE', killers: [], survived: 1 },
  });
});

test('it is found out by a refusal of what the suite has asked for', async () => {
  const asItIs = instead(['run'], (request, perform) => perform(request));
  expect(await verdictWith(asItIs, { namespaces: { pid: 'host' } })).toEqual({
    ...{ code: 'SC_UNSUPPORTED', killers: ['a/b'], survived: 0 },
  });
});

test('it is found out by what becomes of its fault', async () => {
  const elsewhere = otherContainers({ image: 'nobody-has-this:1' });
  expect(await verdictWith(elsewhere, {})).toMatchObject({ killers: ['a/b'], survived: 0 });
});
