import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overlayChanges } from '../../../src/storage/overlay/changes.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  for (const name of ['lower', 'upper', 'usr', 'usr-upper']) mkdirSync(join(directory, name));
});

afterEach(() => rmSync(directory, { recursive: true }));

function put(path: string): void {
  mkdirSync(join(directory, dirname(path)), { recursive: true });
  writeFileSync(join(directory, path), '');
}

function changes() {
  const overlay = (target: string, lower: string, upper: string) => ({
    type: 'overlay' as const,
    target,
    lower: [join(directory, lower)],
    upper: join(directory, upper),
    work: '',
  });
  return overlayChanges({ mounts: [overlay('/', 'lower', 'upper'), overlay('/usr', 'usr', 'usr-upper')] });
}

test('what was added, modified and deleted, below each mount', () => {
  put('lower/etc/passwd');
  put('lower/etc/gone');
  put('upper/etc/passwd');
  put('upper/new/file');
  execFileSync('mknod', [join(directory, 'upper/etc/gone'), 'c', '0', '0']);
  put('usr/bin/tool');
  put('usr-upper/bin/tool');
  const { list } = changes();
  expect(list.sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
    { path: '/etc', kind: 'modified', isDirectory: true, size: 0, isProgram: false },
    { path: '/etc/gone', kind: 'deleted', isDirectory: false, size: 0, isProgram: false },
    { path: '/etc/passwd', kind: 'modified', isDirectory: false, size: 0, isProgram: false },
    { path: '/new', kind: 'added', isDirectory: true, size: 0, isProgram: false },
    { path: '/new/file', kind: 'added', isDirectory: false, size: 0, isProgram: false },
    { path: '/usr/bin', kind: 'modified', isDirectory: true, size: 0, isProgram: false },
    { path: '/usr/bin/tool', kind: 'modified', isDirectory: false, size: 0, isProgram: false },
  ]);
});

test('a file has its size, and may be a program', () => {
  put('upper/tmp/program');
  writeFileSync(join(directory, 'upper/tmp/program'), '#!/bin/sh\n', { mode: 0o700 });
  chmodSync(join(directory, 'upper/tmp/program'), 0o700);
  expect(changes().list).toContainEqual({
    path: '/tmp/program',
    kind: 'added',
    isDirectory: false,
    size: 10,
    isProgram: true,
  });
});

test('a directory of the image has files, or only directories, however deep', () => {
  mkdirSync(join(directory, 'lower/run/lock/deep'), { recursive: true });
  put('lower/var/log/web/access.log');
  put('usr/share/doc');
  const { imageHas, imageHasFilesIn } = changes();
  expect(['/run', '/var', '/var/log/web', '/usr', '/usr/share', '/none'].map(imageHasFilesIn)).toEqual([
    ...[false, true, true, true, true],
    false,
  ]);
  expect(['/run/lock', '/var/log/web/access.log', '/usr/share/doc', '/none'].map(imageHas)).toEqual([
    ...[true, true, true],
    false,
  ]);
});

test('a link of the image or of the container leads nowhere outside', () => {
  symlinkSync('/etc', join(directory, 'lower/link'));
  symlinkSync('/', join(directory, 'upper/out'));
  put('upper/link/passwd');
  const { list, imageHasFilesIn } = changes();
  expect(list).toEqual(
    expect.arrayContaining([
      { path: '/out', kind: 'added', isDirectory: false, size: 0, isProgram: false },
      { path: '/link/passwd', kind: 'added', isDirectory: false, size: 0, isProgram: false },
    ]),
  );
  expect(imageHasFilesIn('/link')).toBe(false);
});
