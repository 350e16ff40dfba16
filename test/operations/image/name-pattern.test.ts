import { expect, test } from 'vitest';
import { nameFits } from '../../../src/operations/image/name-pattern.ts';

test.each([
  ['web:1.0', 'web:1.0', true],
  ['web:1.0', 'web', true],
  ['web:1.0', 'web:*', true],
  ['web:1.0', 'web:1?0', true],
  ['web:1.0', 'web:1.1', false],
  ['web:110', 'web:1.0', false],
  ['example.com/team/web:1.0', 'web', true],
  ['example.com/team/web:1.0', 'team/*', true],
  ['example.com/team/web:1.0', 'example.com/*', false],
  ['example.com/team/web:1.0', 'eb', false],
  ['web-old:1.0', 'web', false],
])('%s fits %s: %s', (name, pattern, fits) => {
  expect(nameFits(name, pattern)).toBe(fits);
});
