/** Milliseconds. */
const [SHORTEST, LONGEST] = [20, 200];

/**
 * Milliseconds until what has not come about since a time is looked at again: a tenth of what has passed, so that what is
 * waited for long is not looked at hundreds of times.
 */
export function untilNextLook(since: number): number {
  return Math.min(LONGEST, Math.max(SHORTEST, (Date.now() - since) / 10));
}
