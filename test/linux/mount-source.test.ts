import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isConnected, makeSource, statSource } from '../../src/linux/mount-source.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-source-'));
  mkdirSync(join(directory, 'a/b'), { recursive: true });
  mkdirSync(join(directory, 'outside'));
  writeFileSync(join(directory, 'a/file'), '');
  symlinkSync('../outside', join(directory, 'a/link'));
  symlinkSync('b', join(directory, 'a/inner'));
  symlinkSync('a', join(directory, 'whole'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const source = (name: string, subpath?: string) => ({
  source: join(directory, name),
  ...(subpath !== undefined && { subpath }),
});

test('a source may be reached by links, what is below it may not', () => {
  expect(statSource(source('whole')).isDirectory()).toBe(true);
  expect(statSource(source('whole', 'b')).isDirectory()).toBe(true);
  expect(statSource(source('a', 'file')).isFile()).toBe(true);
  for (const subpath of ['link', 'inner', 'link/x', '../a'])
    expect(() => statSource(source('a', subpath))).toThrow(/ELOOP|EXDEV/);
});

describe('a source that is missing', () => {
  const make = (...args: Parameters<typeof source>) => {
    const made: string[] = [];
    makeSource(source(...args), (path) => made.push(path.slice(directory.length)));
    return made;
  };

  test('is made with what is missing above it, whatever the umask', () => {
    const umask = process.umask(0o077);
    try {
      expect(make('a/c/d')).toEqual(['/a/c', '/a/c/d']);
    } finally {
      process.umask(umask);
    }
    for (const name of ['a/c', 'a/c/d'])
      expect(statSync(join(directory, name))).toMatchObject({ mode: 0o40755, uid: 0, gid: 0 });
  });

  test('is made below a link, but a subpath is not', () => {
    expect(make('whole/new', 'x/y')).toEqual(['/whole/new', '/whole/new/x', '/whole/new/x/y']);
    expect(() => make('a', 'link/new')).toThrow(/ELOOP/);
    expect(() => make('a', 'inner/new')).toThrow(/ELOOP/);
  });

  test('is not made where a file or a link to nothing stands', () => {
    symlinkSync('nothing', join(directory, 'dangling'));
    expect(() => make('a/file/x')).toThrow('ENOTDIR');
    expect(() => make('dangling')).toThrow('EEXIST');
  });

  test('is left as it is where it is there', () => {
    expect(make('a/b')).toEqual([]);
  });
});

test.each([
  ['--make-shared', ['shared', 'rshared', 'slave', 'rslave', 'rprivate']],
  ['--make-private', ['rprivate']],
  ['--make-unbindable', ['rprivate']],
])('on a mount that is %s these can come about: %j', (option, expected) => {
  const place = join(directory, 'a');
  execFileSync('mount', ['-t', 'tmpfs', 'sc-test', place]);
  try {
    execFileSync('mount', [option, place]);
    mkdirSync(join(place, 'below'));
    const all = ['shared', 'rshared', 'slave', 'rslave', 'rprivate'];
    expect(all.filter((propagation) => isConnected(source('a', 'below'), propagation))).toEqual(expected);
  } finally {
    execFileSync('umount', [place]);
  }
});

test('a mount that only takes can be bound as one that only takes', () => {
  const [shared, slave] = [join(directory, 'a'), join(directory, 'outside')];
  execFileSync('mount', ['-t', 'tmpfs', 'sc-test', shared]);
  try {
    execFileSync('mount', ['--make-shared', shared]);
    execFileSync('mount', ['--bind', shared, slave]);
    execFileSync('mount', ['--make-slave', slave]);
    expect(isConnected(source('outside'), 'rslave')).toBe(true);
    expect(isConnected(source('outside'), 'rshared')).toBe(false);
  } finally {
    execFileSync('umount', [slave]);
    execFileSync('umount', [shared]);
  }
});
