import { expect, test } from 'vitest';
import { hostRanges, parseAccounts, parseSubordinates } from '../../src/linux/host-ids.ts';

test('accounts have a number each', () => {
  const text = 'root:x:0:0:root:/root:/bin/bash\n# note\nada:x:1000600001:1::/:/\nbroken\n+::::::\n';
  expect(parseAccounts(text)).toEqual([
    { first: 0, count: 1 },
    { first: 1_000_600_001, count: 1 },
  ]);
});

test('those who may map others have ranges', () => {
  const text = 'ada:558752:65536\n1001:624288:1\nbroken:1\n:2:\n';
  expect(parseSubordinates(text)).toEqual([
    { first: 558_752, count: 65_536 },
    { first: 624_288, count: 1 },
  ]);
});

test('root is somebody on this host', () => {
  expect(hostRanges()).toContainEqual({ first: 0, count: 1 });
});
