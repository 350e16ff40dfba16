import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseTypes, readKernelTypes } from '../../../src/linux/bpf/btf.ts';

test('the types of this kernel say where its registers and credentials are', async () => {
  const types = await readKernelTypes();
  // arch/x86/include/asm/ptrace.h, as programs see it in PTRACE_GETREGS.
  expect(types.offset('pt_regs', 'orig_ax')).toBe(120);
  expect(types.offset('pt_regs', 'di')).toBe(112);
  expect(types.offset('upid', 'ns')).toBe(8);
  expect(types.size('upid')).toBe(16);
  expect(types.offset('task_struct', 'thread_info.status')).toBe(
    types.offset('task_struct', 'thread_info') + types.offset('thread_info', 'status'),
  );
  expect(types.functionId('cap_capable')).toBeGreaterThan(0);
  expect(types.functionId('no_such_function')).toBeUndefined();
});

test('what is not there is named', async () => {
  const types = await readKernelTypes();
  expect(() => types.offset('no_such_struct', 'x')).toThrow(
    "read the kernel's types: there is no struct no_such_struct",
  );
  expect(() => types.offset('cred', 'user_ns.no_such')).toThrow('struct cred has no user_ns.no_such');
});

test('a kernel without types, and bytes that are none, are an unfit host', async () => {
  await expect(readKernelTypes('/nowhere')).rejects.toMatchObject({ code: 'SC_HOST_UNFIT', errno: 'ENOENT' });
  expect(() => parseTypes(Buffer.alloc(64))).toThrow('not in a form that sc reads');
});

test('members are found as the compiler places them, in structures without a name and behind other names too', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  try {
    writeFileSync(
      join(directory, 'a.c'),
      `typedef struct inner { char c; int deep; } alias;
       struct outer { char first; union { long u; struct { int skipped; int found; }; }; const alias named; int bits : 3; };
       struct outer one;`,
    );
    execFileSync('gcc', ['-gbtf', '-c', 'a.c'], { cwd: directory });
    execFileSync(
      'objcopy',
      ['-O', 'binary', '--only-section=.BTF', '--set-section-flags', '.BTF=alloc', 'a.o', 'btf'],
      {
        cwd: directory,
      },
    );
    const types = parseTypes(readFileSync(join(directory, 'btf')));
    expect(types.offset('outer', 'found')).toBe(12);
    expect(types.offset('outer', 'named.deep')).toBe(20);
    expect(types.size('outer')).toBe(32);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
