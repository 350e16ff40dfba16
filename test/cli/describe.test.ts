import { expect, test } from 'vitest';
import { describeDiagnosis, describeListing } from '../../src/cli/describe.ts';

test('a container whose record is broken shows its code in the table, and the whole reason below', () => {
  const message = `read the record of container "${'a'.repeat(64)}": it is no JSON, as after a full disk`;
  const broken = [{ id: 'a'.repeat(64), code: 'SC_STATE_CORRUPT' as const, message }];
  expect(describeListing({ containers: [], broken }, 0).split('\n')).toEqual([
    'ID            NAME  STATUS                     IMAGE  COMMAND  CREATED',
    'aaaaaaaaaaaa        broken (SC_STATE_CORRUPT)',
    message,
  ]);
});

test('a diagnosis is a line for what is fine, and no line is longer than a terminal is wide', () => {
  const meaning =
    'only capabilities keep containers from devices that the machine has, and nothing else does';
  const words = describeDiagnosis({
    fit: true,
    checks: [
      { name: 'kernel', status: 'ok', found: '6.1.0' },
      { name: 'memory controller', status: 'warn', found: 'missing', meaning, remedy: 'switch it on' },
    ],
  });
  expect(words.split('\n')).toEqual([
    'ok    kernel             6.1.0',
    'warn  memory controller  missing',
    '                         only capabilities keep containers from devices that the',
    '                         machine has, and nothing else does',
    '                         Try: switch it on',
    '',
    'Containers can run here, but for what 1 warning says.',
  ]);
});
