import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTaken } from '../../src/linux/bpf/bpf.ts';
import { deviceProgram } from '../../src/linux/device-program.ts';
import { type DeviceRule, deviceRules } from '../../src/linux/devices.ts';
import { runDeviceProgram } from './device-simulator.ts';

const letters = ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm'];
const small = fc.integer({ min: 0, max: 3 });
const rule: fc.Arbitrary<DeviceRule> = fc.record(
  {
    type: fc.constantFrom('c' as const, 'b' as const),
    major: small,
    minor: small,
    access: fc.constantFrom(...letters),
  },
  { requiredKeys: ['type', 'access'] },
);
const use = fc.record({
  type: fc.constantFrom('c' as const, 'b' as const),
  major: fc.oneof(small, fc.nat(4095)),
  minor: fc.oneof(small, fc.nat(0xfffff)),
  access: fc.constantFrom(...letters),
});

/** As Documentation/admin-guide/cgroup-v1/devices.rst has it. */
function isAllowed(rules: readonly DeviceRule[], use: Required<DeviceRule>): boolean {
  return rules.some(
    ({ type, major = use.major, minor = use.minor, access }) =>
      type === use.type &&
      major === use.major &&
      minor === use.minor &&
      [...use.access].every((letter) => access.includes(letter)),
  );
}

test('the program answers as the list does', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), use, (rules, use) => {
      expect(runDeviceProgram(deviceProgram(rules), use)).toBe(isAllowed(rules, use) ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});

test('without a rule nothing is allowed', () => {
  expect(runDeviceProgram(deviceProgram([]), { type: 'c', major: 1, minor: 3, access: 'r' })).toBe(0);
});

const ask =
  (rules: readonly DeviceRule[]) => (type: 'c' | 'b', major: number, minor: number, access: string) =>
    runDeviceProgram(deviceProgram(rules), { type, major, minor, access }) === 1;

test('every container opens null, zero, full, random, urandom, tty, ptmx and terminals, and nothing else', () => {
  const may = ask(deviceRules([], false));
  for (const [major, minor] of [
    [1, 3],
    [1, 5],
    [1, 7],
    [1, 8],
    [1, 9],
    [5, 0],
    [5, 2],
    [136, 0],
    [136, 77],
  ] as const)
    expect([major, minor, may('c', major, minor, 'rw')]).toEqual([major, minor, true]);
  // mem, port, kmsg, console, a disk, fuse, and the same numbers as block devices.
  for (const [major, minor] of [
    [1, 1],
    [1, 4],
    [1, 11],
    [5, 1],
    [10, 229],
    [137, 0],
    [0, 0],
  ] as const) {
    for (const access of letters)
      expect([major, minor, access, may('c', major, minor, access)]).toEqual([major, minor, access, false]);
  }
  for (const [major, minor] of [
    [1, 3],
    [8, 0],
    [254, 0],
    [136, 0],
  ] as const) {
    for (const access of letters) expect(may('b', major, minor, access)).toBe(false);
  }
});

test('who may make nodes makes any, and opens no more', () => {
  const may = ask(deviceRules([{ type: 'b', major: 254, minor: 0, access: 'rm' }], true));
  expect(['m', 'r', 'w', 'rw'].map((access) => may('b', 8, 0, access))).toEqual([true, false, false, false]);
  expect(['m', 'r', 'w', 'rw'].map((access) => may('c', 1, 1, access))).toEqual([true, false, false, false]);
  expect(['m', 'r', 'rm', 'w', 'rw'].map((access) => may('b', 254, 0, access))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('the kernel takes the program of the default list, and refuses one that reads beside what it is given', () => {
  const program = deviceProgram(deviceRules([], true));
  expect(isTaken('the default list', program, { devicesOf: -1 })).toBe(true);
  const beyond = Buffer.from(program);
  beyond.writeInt16LE(64, 2);
  expect(isTaken('a wrong one', beyond, { devicesOf: -1 })).toBe(false);
});
