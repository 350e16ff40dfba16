import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { executed, processors } from '../support/processors.ts';

const { arch } = process;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-constants-'));
});

afterEach(() => {
  Object.defineProperty(process, 'arch', { value: arch });
});

afterAll(() => rmSync(directory, { recursive: true }));

/** Where the kernel and libc define them, most as macros, which the preprocessor can look for. */
const headers = [
  ...['fcntl.h', 'sched.h', 'poll.h', 'signal.h', 'time.h', 'errno.h', 'sys/stat.h', 'sys/socket.h'],
  ...['net/if.h', 'sys/ioctl.h', 'sys/wait.h', 'linux/openat2.h', 'linux/mount.h', 'linux/prctl.h'],
  ...['linux/capability.h', 'linux/seccomp.h', 'linux/keyctl.h', 'linux/close_range.h', 'linux/magic.h'],
  ...['sys/mman.h'],
];

/** Those in which processors differ. */
const isFlagOfOpen = (name: string) => name.startsWith('O_');

/** All that constants.ts exports where it runs on that processor. */
async function constantsOn(processor: string): Promise<Record<string, number>> {
  Object.defineProperty(process, 'arch', { value: processor });
  vi.resetModules();
  return { ...(await import('../../src/linux/constants.ts')) };
}

test.each(processors)('the constants of $processor are those of its headers', async (target) => {
  const constants = await constantsOn(target.processor);
  const source = [
    '#define _GNU_SOURCE',
    '#include <stdio.h>',
    ...headers.map((header) => `#include <${header}>`),
    'int main(void) {',
    ...Object.keys(constants).flatMap((name) => [
      `#ifdef ${name}`,
      `printf("${name} %lld\\n", (long long)(${name}));`,
      '#endif',
    ]),
    '}',
  ].join('\n');
  const program = join(directory, target.processor);
  execFileSync(`${target.tools}-gcc-12`, ['-static', '-x', 'c', '-o', program, '-'], { input: source });
  Object.defineProperty(process, 'arch', { value: arch });
  const [command, ...args] = executed(target, program);
  const lines = execFileSync(command, args, { encoding: 'utf8' }).trim().split('\n');
  const known = Object.fromEntries(lines.map((line) => line.split(' ')));
  expect(Object.keys(known)).toEqual(expect.arrayContaining(Object.keys(constants).filter(isFlagOfOpen)));
  for (const [name, value] of Object.entries(known))
    expect({ name, value: constants[name] }).toEqual({ name, value: Number(value) });
});
