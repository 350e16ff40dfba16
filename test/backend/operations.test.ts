import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ableTo, membersByOperation, operationsOf } from '../../src/backend/operations.ts';
import { backendNames, openBackend } from '../../src/backend/registry.ts';
import { fits } from '../support/answer.ts';

const form = 'operations/features.schema.json#/$defs/FeaturesResult';
const answer = { backend: 'some', installed: true, fields: {}, lacking: [] };
const members = [...new Set([...membersByOperation.values()].flat())];

test.each(backendNames)(
  'all is done with the containers of backend %s, but for records of a runtime',
  async (name) => {
    const operations = operationsOf(await openBackend(name, '/nonexistent'));
    expect(Object.keys(operations)).toEqual([...membersByOperation.keys()]);
    const lacking = Object.entries(operations).flatMap(([operation, { support }]) =>
      support === 'all' ? [] : [operation],
    );
    expect(lacking).toEqual(name.startsWith('oci:') ? ['run --record'] : []);
  },
);

describe('a backend with some of the optional powers', () => {
  test('supports what it has all members for, and is refused anything else with the reason that its features tell', () => {
    fc.assert(
      fc.property(fc.subarray(members), (had) => {
        const backend = Object.fromEntries(had.map((member) => [member, () => undefined]));
        const operations = operationsOf(backend);
        expect(fits(form, { ...answer, operations })).toBe(true);
        for (const [operation, taken] of membersByOperation) {
          const support = operations[operation as keyof typeof operations];
          const isAble = taken.every((member) => had.includes(member));
          expect(support.support === 'all', operation).toBe(isAble);
          if (taken.length === 0) continue;
          const ask = () => ableTo(operation as 'exec', backend, 'some');
          if (isAble) expect(ask()).toBe(backend);
          else
            expect(ask).toThrow(
              expect.objectContaining({
                code: 'SC_UNSUPPORTED',
                message: `"${operation}" is not supported by backend "some": ${'reason' in support ? support.reason : ''}`,
              }),
            );
        }
      }),
    );
  });
});
