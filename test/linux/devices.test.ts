import { statSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deviceAt, encodeDevice, numbersOf } from '../../src/linux/devices.ts';

test('a device of this host is known by its numbers', () => {
  expect(deviceAt('/dev/null')).toEqual({ type: 'c', major: 1, minor: 3 });
  expect(deviceAt('/proc/self/root/dev/full')).toEqual({ type: 'c', major: 1, minor: 7 });
});

test.each([
  ['/dev/nothing', { errno: 'ENOENT', hint: expect.stringContaining('correct its path') }],
  ['/etc/passwd', { message: expect.stringContaining('it is no device') }],
  ['/dev', { message: expect.stringContaining('it is no device') }],
])('"%s" is refused', (path, error) => {
  expect(() => deviceAt(path)).toThrow(expect.objectContaining({ code: 'SC_START_FAILED', ...error }));
});

test('numbers are written as the kernel reads them', () => {
  fc.assert(
    fc.property(fc.nat(4095), fc.nat(0xfffff), (major, minor) => {
      // What mknod(2) is given is what stat(2) answers, as long as it fits 32 bits.
      expect(numbersOf(encodeDevice({ major, minor }))).toEqual({ major, minor });
    }),
  );
  expect(encodeDevice({ major: 1, minor: 3 })).toBe(statSync('/dev/null').rdev);
});
