import {
  closeSync,
  existsSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { chmodAt, chownAt, setTimes, setTimesAt } from '../../src/linux/attributes.ts';
import {
  AT_REMOVEDIR,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDWR,
  S_IFBLK,
  S_IFIFO,
} from '../../src/linux/constants.ts';
import {
  deviceNumber,
  deviceNumbers,
  linkat,
  mkdirat,
  mknodat,
  openat,
  readlinkat,
  renameat,
  symlinkat,
  unlinkat,
} from '../../src/linux/directory-entries.ts';
import { contentOf } from '../../src/linux/file-content.ts';
import { declare } from '../../src/linux/libc.ts';
import { listXattrs, readXattr, readXattrs, removeXattr, writeXattr } from '../../src/linux/xattrs.ts';

let path: string;
let directory: number;

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'sc-entries-'));
  directory = openSync(path, O_PATH | O_DIRECTORY);
});

afterEach(() => {
  closeSync(directory);
  rmSync(path, { recursive: true });
});

const name = (text: string) => Buffer.from(text);

function withFile<Result>(text: string, action: (descriptor: number) => Result): Result {
  const descriptor = openat(directory, name(text), O_RDWR | O_CREAT, 0o600);
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

test('entries of every kind are made in an open directory, and removed', () => {
  mkdirat(directory, name('directory'), 0o750);
  symlinkat(name('../anywhere'), directory, name('link'));
  mknodat(directory, name('disk'), S_IFBLK | 0o600, deviceNumber(259, 70_000));
  mknodat(directory, name('fifo'), S_IFIFO | 0o640, 0n);
  withFile('file', (descriptor) => writeSync(descriptor, 'text'));
  linkat(directory, name('file'), directory, name('same'));
  linkat(directory, name('link'), directory, name('same link'));
  renameat(directory, name('fifo'), directory, name('pipe'));

  expect(statSync(join(path, 'directory')).mode & 0o7777).toBe(0o750);
  expect(readlinkSync(join(path, 'link'))).toBe('../anywhere');
  expect(readlinkat(directory, name('same link')).toString()).toBe('../anywhere');
  expect(lstatSync(join(path, 'pipe')).isFIFO()).toBe(true);
  expect(readFileSync(join(path, 'same'), 'utf8')).toBe('text');
  expect(statSync(join(path, 'file')).nlink).toBe(2);
  expect(deviceNumbers(lstatSync(join(path, 'disk'), { bigint: true }).rdev)).toEqual({
    major: 259,
    minor: 70_000,
  });

  unlinkat(directory, name('directory'), AT_REMOVEDIR);
  for (const entry of ['link', 'disk', 'pipe', 'file', 'same', 'same link']) unlinkat(directory, name(entry));
  expect(readdirSync(path)).toEqual([]);
});

test('a name of bytes that are no text stays what it is', () => {
  const bytes = Buffer.from([0x66, 0xff, 0xfe]);
  mkdirat(directory, bytes, 0o700);
  expect(readdirSync(path, { encoding: 'buffer' })).toEqual([bytes]);
  rmSync(Buffer.concat([Buffer.from(`${path}/`), bytes]) as never, { recursive: true });
});

test('what is there already, or a link in its place, is refused with the error of the kernel', () => {
  symlinkSync('/etc/passwd', join(path, 'link'));
  const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
  expect(() => openat(directory, name('link'), flags, 0o600)).toThrow('openat: EEXIST');
  expect(() => openat(directory, name('link'), O_RDWR | O_NOFOLLOW)).toThrow('openat: ELOOP');
  expect(() => unlinkat(directory, name('nothing'))).toThrow('unlinkat: ENOENT');
});

test('a NUL in a name is refused, and cuts nothing off', () => {
  expect(() => mkdirat(directory, Buffer.from('a\0b'), 0o700)).toThrow('a path cannot hold a NUL byte');
  expect(readdirSync(path)).toEqual([]);
});

test.each([
  [0n, 0n],
  [1_700_000_000_123_456_789n, 1_700_000_000_123_456_789n],
  [-1n, -1n],
  [-1_000_000_000n, -1_000_000_000n],
])('times are set to the nanosecond: %d', (time, expected) => {
  withFile('file', (descriptor) => setTimes(descriptor, time));
  symlinkSync('file', join(path, 'link'));
  setTimesAt(directory, name('link'), time + 1n);
  expect(lstatSync(join(path, 'file'), { bigint: true }).mtimeNs).toBe(expected);
  expect(lstatSync(join(path, 'file'), { bigint: true }).atimeNs).toBe(expected);
  expect(lstatSync(join(path, 'link'), { bigint: true }).mtimeNs).toBe(expected + 1n);
});

test('owners of links are their own, and modes have twelve bits', () => {
  withFile('file', () => {});
  symlinkSync('file', join(path, 'link'));
  chownAt(directory, name('link'), 4_294_967_294, 5);
  chmodAt(directory, name('file'), 0o7654);
  expect(lstatSync(join(path, 'link'))).toMatchObject({ uid: 4_294_967_294, gid: 5 });
  expect(lstatSync(join(path, 'file'))).toMatchObject({ uid: 0, gid: 0, mode: 0o107654 });
});

test('attributes are bytes, of links and directories too, by a descriptor that cannot read or write', () => {
  symlinkSync('nowhere', join(path, 'link'));
  mkdirSync(join(path, 'directory'));
  writeFileSync(join(path, 'file'), '');
  const value = Buffer.from([0, 1, 0xff, 0]);
  for (const [entry, attribute] of [
    ['link', 'trusted.of link'],
    ['directory', 'user.of directory'],
    ['file', 'security.other'],
  ] as const) {
    const descriptor = openat(directory, name(entry), O_PATH | O_NOFOLLOW);
    try {
      expect(listXattrs(descriptor)).toEqual([]);
      writeXattr(descriptor, attribute, value);
      writeXattr(descriptor, 'trusted.empty', Buffer.alloc(0));
      expect(readXattr(descriptor, attribute)).toEqual(value);
      expect(readXattr(descriptor, 'trusted.none')).toBeUndefined();
      expect(readXattrs(descriptor)).toEqual(
        new Map([
          [attribute, value],
          ['trusted.empty', Buffer.alloc(0)],
        ]),
      );
      removeXattr(descriptor, attribute);
      expect(listXattrs(descriptor)).toEqual(['trusted.empty']);
      expect(() => writeXattr(descriptor, 'nobody.knows', value)).toThrow(/setxattr: (ENOTSUP|EOPNOTSUPP)/);
    } finally {
      closeSync(descriptor);
    }
  }
  expect(existsSync(join(path, 'nowhere'))).toBe(false);
});

test('an attribute whose name is no text is told of, and not left out', () => {
  const setxattr = declare<[string, Buffer, Buffer, number, number]>(
    'int setxattr(const char *path, const void *name, const void *value, size_t size, int flags)',
  );
  withFile('file', (descriptor) => {
    setxattr(join(path, 'file'), Buffer.from('user.\xff\0', 'latin1'), Buffer.alloc(0), 0, 0);
    expect(() => readXattrs(descriptor)).toThrow('extended attributes: a name is not UTF-8');
  });
});

test('the content of a file with holes is found, and nothing in one that is all hole', () => {
  const megabyte = 1024 * 1024;
  withFile('file', (descriptor) => {
    expect(pieces(descriptor, 0)).toEqual([]);
    writeSync(descriptor, Buffer.alloc(4096, 1), 0, 4096, megabyte);
    writeSync(descriptor, Buffer.alloc(100, 2), 0, 100, 3 * megabyte);
    expect(pieces(descriptor, 3 * megabyte + 100)).toEqual([
      { offset: megabyte, bytes: Buffer.alloc(4096, 1) },
      { offset: 3 * megabyte, bytes: Buffer.alloc(100, 2) },
    ]);
    expect(pieces(descriptor, megabyte)).toEqual([]);
  });
});

test('content comes in pieces, of which the last is empty where the file has become shorter', () => {
  const megabyte = 1024 * 1024;
  withFile('file', (descriptor) => {
    writeSync(descriptor, Buffer.alloc(megabyte + 5, 1));
    const places = [];
    for (const { bytes, offset } of contentOf(descriptor, megabyte + 5)) {
      places.push([offset, bytes.length]);
      ftruncateSync(descriptor, megabyte);
    }
    expect(places).toEqual([
      [0, megabyte],
      [megabyte, 0],
    ]);
  });
});

/** Each with bytes of its own. */
function pieces(descriptor: number, size: number): { bytes: Buffer; offset: number }[] {
  return Array.from(contentOf(descriptor, size), ({ bytes, offset }) => ({
    bytes: Buffer.from(bytes),
    offset,
  }));
}
