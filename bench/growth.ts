/** How a time grows: milliseconds = start + each * size ** exponent. */
export interface Growth {
  start: number;
  each: number;
  exponent: number;
}

/**
 * The growth that fits best, by the least squares of what it misses in proportion to the time, so that the
 * short times count as much as the long ones.
 */
export function fitGrowth(points: readonly { size: number; time: number }[]): Growth {
  let best = { start: 0, each: 0, exponent: 0, miss: Number.POSITIVE_INFINITY };
  for (let exponent = 0.05; exponent <= 3; exponent += 0.01) {
    const { start, each } = fitLine(points.map(({ size, time }) => ({ x: size ** exponent, time })));
    let miss = 0;
    for (const { size, time } of points) miss += ((start + each * size ** exponent - time) / time) ** 2;
    if (miss < best.miss) best = { start, each, exponent, miss };
  }
  const { miss: _, ...growth } = best;
  return growth;
}

/** time = start + each * x, each point weighed by 1 / time². */
function fitLine(points: readonly { x: number; time: number }[]): { start: number; each: number } {
  let [weights, sumX, sumTime, sumXX, sumXTime] = [0, 0, 0, 0, 0];
  for (const { x, time } of points) {
    const weight = 1 / time ** 2;
    weights += weight;
    sumX += weight * x;
    sumTime += weight * time;
    sumXX += weight * x * x;
    sumXTime += weight * x * time;
  }
  const each = (weights * sumXTime - sumX * sumTime) / (weights * sumXX - sumX * sumX);
  return { start: (sumTime - each * sumX) / weights, each };
}
