import { expect, test } from 'vitest';
import { obstacleOf, rowsFor } from '../../src/conformance/applicability.ts';
import type { AdapterDescription } from '../../src/schema/conformance-adapter.ts';
import type { ConformanceCase } from '../../src/schema/conformance-case.ts';
import type { HostFingerprint } from '../../src/schema/conformance-log.ts';

/** It makes a namespace of each kind, and joins none. */
const runtime = {
  name: 'some',
  version: '1',
  operations: ['run'],
  fields: ['*'],
  unsupported: ['namespaces.pid=^(?!(private)$)', 'terminal'],
};

const obstacle = (container: object, error?: string) => {
  const steps = [{ run: {}, ...(error !== undefined && { expect: { error } }) }];
  return obstacleOf({ steps, container } as unknown as ConformanceCase, runtime, {} as HostFingerprint)
    ?.state;
};

test.each([
  ['private', undefined],
  ['host', 'UNSUPPORTED'],
])('of a field of which some values are supported %s is %s', (pid, state) => {
  expect(obstacle({ namespaces: { pid } })).toBe(state);
});

test('a value that no file may have needs no support to be refused', () => {
  expect(obstacle({ namespaces: { pid: 'nonsense' } }, 'SC_BAD_FILE')).toBeUndefined();
  expect(obstacle({ namespaces: { pid: 'host' } }, 'refused')).toBe('UNSUPPORTED');
  expect(obstacle({ terminal: { tty: 3 } }, 'SC_BAD_FILE')).toBe('UNSUPPORTED');
});

const host = {
  ...{ kernel: '6.1', processor: 'x64', controlGroups: 'v2', node: '26', root: true },
  ...{ controllers: [], security: [] },
} satisfies HostFingerprint;
const engine: AdapterDescription = {
  ...{ name: 'x', version: '1', operations: ['run', 'exec', 'copy', 'stop'] },
  fields: ['process.args', 'environment=^one$'],
};

const caseOf = (more: object) =>
  ({
    ...{ id: 'a/b', title: 'it holds', requirements: [], sentences: {}, level: 'must' },
    steps: [{ run: {} }],
    ...more,
  }) as unknown as ConformanceCase;
const stateOf = (steps: object[], unsupported: string[]) =>
  obstacleOf(caseOf({ steps }), { ...engine, unsupported }, host)?.state;

test('rows that a runtime cannot be asked for are left out, as long as there are others', () => {
  const rowsOf = (...values: string[]) =>
    rowsFor(
      caseOf({
        table: values.map((value) => ({ value })),
        container: { environment: { A: '<<value>>' } },
      }),
      engine,
      host,
    );
  expect(rowsOf('two', 'one', 'three').rows.map(({ index }) => index)).toEqual([1]);
  expect(rowsOf('two', 'one').obstacle).toBeUndefined();
  expect(rowsOf('two', 'three').obstacle).toEqual({
    ...{ state: 'NOT-APPLICABLE', reason: 'not of this kind of runtime: environment.A' },
  });
});

test('where the statements are about who declares it, rows that are declared as unsupported are left out', () => {
  const tried = (needs: object, ...values: string[]) => {
    const table = values.map((value) => ({ value }));
    const one = caseOf({ table, needs, container: { process: { args: '<<value>>' } } });
    const { rows, obstacle } = rowsFor(one, { ...engine, unsupported: ['process.args=^no$'] }, host);
    return { indexes: rows.map(({ index }) => index), state: obstacle?.state };
  };
  expect(tried({}, 'no', 'yes').state).toBe('UNSUPPORTED');
  expect(tried({ declared: true }, 'no', 'yes', 'no')).toEqual({ indexes: [1], state: undefined });
  expect(tried({ declared: true }, 'no').state).toBe('NOT-APPLICABLE');
});

test('what a runtime declares to lack of an operation is not asked for', () => {
  const stop = [{ stop: { signal: 'SIGINT' } }];
  expect([stateOf(stop, ['stop.signal']), stateOf(stop, ['stop.timeout'])]).toEqual([
    'UNSUPPORTED',
    undefined,
  ]);
  const taken = [{ exec: { args: ['env'], environment: { A: null } } }];
  const given = [{ exec: { args: ['env'], environment: { A: 'b' } } }];
  const noNull = ['exec.environment=^null$'];
  expect([stateOf(taken, noNull), stateOf(given, noNull)]).toEqual(['UNSUPPORTED', undefined]);
  const copies = ['other:/b', '<<tmp>>/b', '/b'].map((to) => [{ copy: { from: 'main:/a', to } }]);
  expect(copies.map((steps) => stateOf(steps, ['copy.between']))).toEqual([
    'UNSUPPORTED',
    undefined,
    undefined,
  ]);
});

test('another machine takes root and the programs that it is made with', () => {
  const stateAs = (root: boolean, neighbour?: true) =>
    obstacleOf(caseOf({ neighbour }), engine, { ...host, root })?.state;
  expect(stateAs(false)).toBeUndefined();
  expect(stateAs(false, true)).toBe('PRECONDITION');
  expect(stateAs(true, true)).toBeUndefined();
});
