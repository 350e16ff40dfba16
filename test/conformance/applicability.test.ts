import { expect, test } from 'vitest';
import { obstacleOf } from '../../src/conformance/applicability.ts';
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
