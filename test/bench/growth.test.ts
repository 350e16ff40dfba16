import { expect, test } from 'vitest';
import { fitGrowth } from '../../bench/growth.ts';

const sizes = [1, 10, 100, 500, 1000, 2000];

test.each([0.5, 1, 1.5, 2])('a growth of the power %d is found', (exponent) => {
  const points = sizes.map((size) => ({ size, time: 3 + 0.02 * size ** exponent }));
  const growth = fitGrowth(points);
  expect(growth.exponent).toBeCloseTo(exponent, 1);
  expect(growth.start).toBeCloseTo(3, 1);
});

test('noise of a tenth moves the power by little', () => {
  const points = sizes.map((size, index) => ({ size, time: (2 + 0.03 * size) * (index % 2 ? 1.1 : 0.9) }));
  expect(Math.abs(fitGrowth(points).exponent - 1)).toBeLessThan(0.2);
});
