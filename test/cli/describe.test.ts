import { expect, test } from 'vitest';
import { describeDiagnosis } from '../../src/cli/describe.ts';

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
