import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compile } from '../../../src/linux/seccomp/compile.ts';
import { defaultProfile } from '../../../src/linux/seccomp/default-profile.ts';
import { findLibseccomp, loadLibseccomp } from '../../../src/linux/seccomp/libseccomp.ts';

test('the library is found without loading it, with what tells it from its next version', () => {
  const { path, identity } = findLibseccomp();
  expect(path).toMatch(/^\/.*\/libseccomp\.so\.2$/);
  expect(identity).toMatch(/^\/\S+( \d+){4}$/);
});

test('a host without the library is unfit, and told what to install', () => {
  expect(() => findLibseccomp([])).toThrow(
    expect.objectContaining({
      code: 'SC_HOST_UNFIT',
      message: 'load "libseccomp.so.2": not found',
      hint: expect.stringContaining('apt install libseccomp2'),
    }),
  );
});

test('a file that is no library is an error of the host', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-libseccomp-'));
  try {
    writeFileSync(join(directory, 'libseccomp.so.2'), 'text');
    expect(() => loadLibseccomp(findLibseccomp([directory]))).toThrow(
      expect.objectContaining({ code: 'SC_HOST_UNFIT' }),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a rule that libseccomp refuses fails the compilation with its reason', () => {
  const library = loadLibseccomp(findLibseccomp());
  const args = [{ index: 0, op: 'SCMP_CMP_EQ', value: 1 }] as const;
  const rules = [2, 3].map(
    (errnoRet) => ({ names: ['read'], action: 'SCMP_ACT_ERRNO', errnoRet, args }) as const,
  );
  expect(() => compile(library, defaultProfile, rules, 'SCMP_ARCH_X86_64')).toThrow(
    'compile the seccomp filter: a rule for "read": EEXIST',
  );
  expect(() => compile(library, defaultProfile, [], 'SCMP_ARCH_MIPS')).toThrow(
    'no rules for "SCMP_ARCH_MIPS"',
  );
});
