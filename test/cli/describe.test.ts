import { expect, test } from 'vitest';
import { describeListing } from '../../src/cli/describe.ts';

test('a container whose record is broken shows its code in the table, and the whole reason below', () => {
  const message = `read the record of container "${'a'.repeat(64)}": it is no JSON, as after a full disk`;
  const broken = [{ id: 'a'.repeat(64), code: 'SC_STATE_CORRUPT' as const, message }];
  expect(describeListing({ containers: [], broken }, 0).split('\n')).toEqual([
    'ID            NAME  STATUS                     IMAGE  COMMAND  CREATED',
    'aaaaaaaaaaaa        broken (SC_STATE_CORRUPT)',
    message,
  ]);
});
