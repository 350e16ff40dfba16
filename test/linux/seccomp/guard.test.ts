import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guard, x32Bit } from '../../../src/linux/seccomp/guard.ts';
import { simulate } from './simulator.ts';

const allow = Buffer.from('060000000000ff7f', 'hex');
const request = { newest: 450, hidden: { socketcall: [1, 17], ipc: [3, 24] } };
const onX86 = Buffer.concat([guard(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], request), allow]);
const onArm = Buffer.concat([guard(['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'], request), allow]);

const x8664 = 0xc000003e;
const i386 = 0x40000003;

test('what is known falls through to the filter, what is newer does not exist', () => {
  const number = fc.oneof(fc.nat(1200), fc.integer({ min: 0, max: 0xffffffff }));
  fc.assert(
    fc.property(number, (number) => {
      const own32 = number >= x32Bit + 512 && number <= x32Bit + 547;
      const known = (number >= x32Bit && number < 2 * x32Bit ? number - x32Bit : number) <= 450;
      expect(simulate(onX86, { architecture: x8664, number })).toBe(known || own32 ? 'ALLOW' : 'ENOSYS');
      expect(simulate(onX86, { architecture: i386, number })).toBe(number <= 450 ? 'ALLOW' : 'ENOSYS');
    }),
    { numRuns: 2000 },
  );
});

test('the private calls of ARM are known', () => {
  const answers = [450, 451, 0xeffff, 0xf0002, 0xf0005, 0xf0100].map((number) =>
    simulate(onArm, { architecture: 0x40000028, number }),
  );
  expect(answers).toEqual(['ALLOW', 'ENOSYS', 'ENOSYS', 'ALLOW', 'ALLOW', 'ENOSYS']);
});

test('socketcall makes no socket on i386 and means nothing elsewhere', () => {
  expect(simulate(onX86, { architecture: i386, number: 102, args: [1] })).toBe('EPERM');
  expect(simulate(onX86, { architecture: i386, number: 102, args: [2] })).toBe('ALLOW');
  expect(simulate(onX86, { architecture: x8664, number: 102, args: [1] })).toBe('ALLOW');
  // The kernel of i386 has 32 bits of each argument.
  expect(simulate(onX86, { architecture: i386, number: 102, args: [0x700000001n] })).toBe('EPERM');
});

test('what is hidden in ipc is refused, whatever version of it is asked for', () => {
  const answers = [1, 3, 0x10003, 24, 0xffff0018, 12].map((call) =>
    simulate(onX86, { architecture: i386, number: 117, args: [call] }),
  );
  expect(answers).toEqual(['ALLOW', 'EPERM', 'EPERM', 'EPERM', 'EPERM', 'ALLOW']);
  expect(simulate(onX86, { architecture: i386, number: 102, args: [17] })).toBe('EPERM');
  expect(simulate(onX86, { architecture: i386, number: 102, args: [3] })).toBe('ALLOW');
  expect(simulate(onArm, { architecture: 0x40000028, number: 117, args: [3] })).toBe('ALLOW');
});

test('without a newest number and hidden calls there is nothing to guard', () => {
  expect(guard(['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'], {})).toHaveLength(0);
});

test('another processor is left to the filter', () => {
  expect(simulate(onX86, { architecture: 0xc00000b7, number: 5000 })).toBe('ALLOW');
});
