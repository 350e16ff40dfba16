import { expect, test } from 'vitest';
import { auditArchitectures } from '../../src/linux/seccomp/guard.ts';
import { findLibseccomp, loadLibseccomp } from '../../src/linux/seccomp/libseccomp.ts';
import { syscallNumbers, syscalls } from '../../src/linux/syscalls.ts';

const library = loadLibseccomp(findLibseccomp());

test.each([
  ['x64', auditArchitectures.SCMP_ARCH_X86_64],
  ['arm64', auditArchitectures.SCMP_ARCH_AARCH64],
] as const)('the numbers of %s are those that libseccomp knows', (processor, architecture) => {
  const numbers = syscallNumbers(processor);
  const known = Object.keys(numbers).map((name) => [name, library.resolveNameOn(architecture, name)]);
  expect(numbers).toEqual(Object.fromEntries(known));
});

test('calls are made with the numbers of this processor', () => {
  expect(syscalls).toEqual(syscallNumbers(process.arch));
});
