import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exchange, hostId, mountRanges } from '../../src/linux/id-maps.ts';

const id = fc.oneof(fc.nat({ max: 70_000 }), fc.constantFrom(0, 1, 65_534, 2 ** 31 - 1, 2 ** 32 - 2));

/** Who a file of this user shows as, on the host, through a mount with such ranges. */
const shown = (ranges: ReturnType<typeof mountRanges>, disk: number) => hostId(ranges, disk);

describe('two users who change places', () => {
  test('do so, and all others are who they are', () => {
    fc.assert(
      fc.property(id, id, id, (inside, host, other) => {
        const ranges = mountRanges(exchange(inside, host));
        expect(shown(ranges, host)).toBe(inside);
        expect(shown(ranges, inside)).toBe(host);
        if (other !== inside && other !== host) expect(shown(ranges, other)).toBe(other);
      }),
    );
  });

  test('do so in a user namespace too, where who is not in it is nobody', () => {
    const own = [{ inside: 0, host: 524_288, size: 65_536 }];
    fc.assert(
      fc.property(id, id, id, (inside, host, other) => {
        const ranges = mountRanges(exchange(inside, host), own);
        expect(shown(ranges, host)).toBe(hostId(own, inside));
        if (other !== inside && other !== host) expect(shown(ranges, other)).toBe(hostId(own, other));
      }),
    );
  });
});

test('ranges are cut at those of the container', () => {
  const own = [
    { inside: 0, host: 1000, size: 10 },
    { inside: 10, host: 5000, size: 10 },
    { inside: 100, host: 9000, size: 1 },
  ];
  expect(mountRanges([{ inside: 5, host: 300, size: 10 }], own)).toEqual([
    { inside: 300, host: 1005, size: 5 },
    { inside: 305, host: 5000, size: 5 },
  ]);
  expect(mountRanges([{ inside: 20, host: 300, size: 80 }], own)).toEqual([]);
});
