import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { capabilities, defaultCapabilities } from '../../../src/linux/capabilities.ts';
import { cacheKey, readCached, writeCached } from '../../../src/linux/seccomp/cache.ts';
import { seccompFilter } from '../../../src/linux/seccomp/filter.ts';

let workshop = '';
let cacheDirectory = '';

beforeEach(() => {
  workshop = mkdtempSync(join(tmpdir(), 'sc-cache-'));
  cacheDirectory = join(workshop, 'below', 'seccomp');
});
afterEach(() => rmSync(workshop, { recursive: true }));

function filter(granted: readonly string[] = defaultCapabilities): Buffer {
  const compiled = seccompFilter({ profile: 'default', capabilities: granted, cacheDirectory });
  if (compiled === undefined) throw new Error('no filter');
  return compiled;
}

/** Where the only cached filter is. */
function cachedFile(): string {
  const names = readdirSync(cacheDirectory);
  expect(names).toHaveLength(1);
  return join(cacheDirectory, names[0] ?? '');
}

test('a filter is cached under a private directory, once for each set of capabilities', () => {
  const first = filter();
  expect(first.length).toBeGreaterThan(0);
  expect(first.length % 8).toBe(0);
  expect(statSync(cacheDirectory).mode & 0o777).toBe(0o700);
  expect(statSync(cachedFile()).mode & 0o777).toBe(0o600);
  filter();
  expect(readdirSync(cacheDirectory)).toHaveLength(1);
  filter(capabilities);
  expect(readdirSync(cacheDirectory)).toHaveLength(2);
});

test('the second start takes what the first one left', () => {
  filter();
  // A filter of another content, with its own digest, can only come out of the file.
  const mark = Buffer.from('0600000000000000', 'hex');
  const file = cachedFile();
  writeCached(cacheDirectory, file.slice(cacheDirectory.length + 1), mark);
  expect(filter()).toEqual(mark);
});

test('libseccomp is not even loaded where the cache has the filter', () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { seccompFilter } from ${JSON.stringify(join(import.meta.dirname, '../../../src/linux/seccomp/filter.ts'))};
    seccompFilter({ profile: 'default', capabilities: [], cacheDirectory: ${JSON.stringify(cacheDirectory)} });
    console.log(readFileSync('/proc/self/maps', 'utf8').includes('libseccomp'));
  `;
  const loaded = (): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }).trim();
  expect([loaded(), loaded()]).toEqual(['true', 'false']);
});

test.each([
  ['empty', (file: string) => truncateSync(file, 0)],
  ['cut off', (file: string) => truncateSync(file, 100)],
  ['cut off after the digest', (file: string) => truncateSync(file, 32)],
  ['changed in one bit', (file: string) => flip(file, 100)],
  ['changed in its digest', (file: string) => flip(file, 3)],
  ['longer than the kernel takes', (file: string) => writeFileSync(file, Buffer.alloc(8 * 4097 + 32))],
])('a cached filter that is %s is compiled again and mended', (_, spoil) => {
  const good = filter();
  const file = cachedFile();
  const whole = readFileSync(file);
  spoil(file);
  expect(filter()).toEqual(good);
  expect(readFileSync(file)).toEqual(whole);
});

test('a directory that others can enter is neither trusted nor written', () => {
  const good = filter();
  const file = cachedFile();
  chmodSync(cacheDirectory, 0o755);
  writeFileSync(file, 'planted');
  expect(filter()).toEqual(good);
  expect(readFileSync(file, 'utf8')).toBe('planted');
});

test('without a place for the cache the filter is compiled all the same', () => {
  writeFileSync(join(workshop, 'below'), 'a file where the directory should be');
  expect(filter().length).toBeGreaterThan(0);
});

test('the key changes with the profile, the processor and the file of the library', () => {
  const keys = [
    cacheKey('profile 1', 'SCMP_ARCH_X86_64', 'library 1'),
    cacheKey('profile 2', 'SCMP_ARCH_X86_64', 'library 1'),
    cacheKey('profile 1', 'SCMP_ARCH_AARCH64', 'library 1'),
    cacheKey('profile 1', 'SCMP_ARCH_X86_64', 'library 2'),
  ];
  expect(new Set(keys).size).toBe(4);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(readCached(cacheDirectory, keys[0] ?? '')).toBeUndefined();
});

function flip(file: string, position: number): void {
  const bytes = readFileSync(file);
  bytes[position] = (bytes[position] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
