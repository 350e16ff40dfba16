import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { LayerLimits } from '../../../src/image/layer/limits.ts';
import { describeTree } from './described-tree.ts';
import { forms, refusal, Stack, useDirectory } from './laboratory.ts';
import {
  device,
  directory,
  fifo,
  file,
  hardlink,
  type MadeEntry,
  madeEntry,
  madeTar,
  symlink,
} from './made-tar.ts';

const base = useDirectory();

/** What a tar must not reach: beside the layers, and by an absolute path that is right on this machine. */
const canary = () => join(base(), 'canary');

interface Case {
  /** A tar, or entries of one. */
  tar: MadeEntry[] | (() => Buffer);
  /** A layer below it. */
  lower?: MadeEntry[];
  limits?: Partial<LayerLimits>;
  /** What is refused, by a part of the message; or else what is there, as paths with types. */
  refused?: string;
  shows?: Record<string, string>;
}

/** Links to the canary: absolute, relative, up and out. */
const ways = (): Record<string, string> => ({
  absolute: join(canary(), 'secret'),
  'up and out': '../../canary/secret',
  'far up and out': `${'../'.repeat(60)}${canary().slice(1)}/secret`,
});

const cases: Record<string, () => Case> = {
  // Symbolic links: each is content, and none is followed out of the root.
  ...perWay('a file through a symlink of the same name', (way) => ({
    tar: [symlink('l', way), file('l', 'overwritten')],
    shows: { l: 'file' },
  })),
  ...perWay('a file through a symlink of a lower layer', (way) => ({
    lower: [symlink('l', way)],
    tar: [file('l', 'overwritten')],
    shows: { l: 'file' },
  })),
  ...perWay('a directory over a symlink', (way) => ({
    tar: [symlink('l', way), directory('l', { mode: 0o777 })],
    shows: { l: 'directory' },
  })),
  ...perWay('a symlink over a directory', (way) => ({
    tar: [directory('l'), file('l/x'), symlink('l', way)],
    shows: { l: 'symlink' },
  })),
  'a file below an absolute symlink': () => ({
    tar: [symlink('l', canary()), file('l/new')],
    shows: { ...within(canary(), 'new'), l: 'symlink' },
  }),
  'a file below a symlink up and out': () => ({
    tar: [directory('d'), symlink('d/l', '../../../canary'), file('d/l/new')],
    shows: { canary: 'directory', 'canary/new': 'file', d: 'directory', 'd/l': 'symlink' },
  }),
  'a file below a symlink of a lower layer': () => ({
    lower: [symlink('l', canary())],
    tar: [file('l/new')],
    shows: { ...within(canary(), 'new'), l: 'symlink' },
  }),
  'a file below a chain of symlinks': () => ({
    tar: [symlink('a', '..'), symlink('b', 'a/..'), symlink('c', 'b/../canary'), file('c/new')],
    shows: { a: 'symlink', b: 'symlink', c: 'symlink', canary: 'directory', 'canary/new': 'file' },
  }),
  'a file below a symlink that is changed behind its first use': () => ({
    tar: [
      ...[directory('d'), symlink('l', 'd'), file('l/a'), symlink('l', canary()), file('l/b')],
      ...[symlink('l', 'd'), file('l/c')],
    ],
    shows: { ...within(canary(), 'b'), d: 'directory', 'd/a': 'file', 'd/c': 'file', l: 'symlink' },
  }),
  'a file below a directory that was replaced by a symlink': () => ({
    tar: [directory('d/e'), file('d/e/a'), symlink('d', canary()), file('d/e/b')],
    shows: { ...within(canary(), 'e/b'), d: 'symlink' },
  }),
  'symlinks that lead to one another': () => ({
    tar: [symlink('a', 'b'), symlink('b', 'a'), file('a/x')],
    refused: 'entry "a/x" at byte 1024: more than 40 links are on the way to it',
  }),
  'a symlink that leads to itself': () => ({
    tar: [symlink('a', 'a/a'), file('a/x')],
    refused: 'more than 40 links are on the way to it',
  }),
  'symlinks that grow a path without end': () => ({
    tar: [
      symlink('a', `/${'x/'.repeat(500)}b`),
      symlink('b', `${'x/'.repeat(500)}c`),
      directory('x'.concat('/x'.repeat(499))),
      symlink(`${'x/'.repeat(500)}b`, 'x/'.repeat(600)),
      file('a/f'),
    ],
    refused: 'directories deep',
  }),
  'a symlink to a path that is longer than any': () => ({
    tar: [symlink('a', 'y'.repeat(300)), file('a/f')],
    refused: 'a link leads it to a path that is too long',
  }),
  'a symlink to a name of a whiteout': () => ({
    tar: [symlink('a', '.wh.b'), file('a/f')],
    refused: 'a link leads it to ".wh.b", which is no name of content',
  }),
  'a symlink without a text': () => ({ tar: [symlink('l', '')], refused: 'it is a link without a text' }),
  'a symlink with a text that is too long': () => ({
    tar: [symlink('l', 'x'.repeat(4096))],
    refused: 'its link has more than 4095 bytes',
  }),
  'a symlink whose text has a NUL': () => ({
    tar: [symlink('l', '', { records: { linkpath: Buffer.from('a\0b') } })],
    refused: 'its linkpath has a NUL',
  }),
  'a file in the place of a directory on the way': () => ({
    tar: [file('a'), file('a/b')],
    refused: 'entry "a/b" at byte 1024: "a" on the way to it is no directory',
  }),
  'a file of a lower layer in the place of a directory on the way': () => ({
    lower: [file('a')],
    tar: [file('a/b')],
    refused: '"a" on the way to it is no directory',
  }),

  // Hardlinks: to nothing but what is inside of the root.
  ...perWay('a hardlink', (way) => ({
    tar: [hardlink('h', way)],
    refused: way.startsWith('/') ? 'which is not there' : 'its path has ".."',
  })),
  ...perWay('a hardlink to a symlink', (way) => ({
    tar: [symlink('l', way), hardlink('h', 'l')],
    shows: { h: 'symlink', l: 'symlink' },
  })),
  'a hardlink through an earlier absolute symlink': () => ({
    tar: [symlink('l', canary()), hardlink('h', 'l/secret')],
    refused: 'which is not there',
  }),
  'a hardlink through an earlier symlink up and out': () => ({
    tar: [symlink('l', '../../canary'), hardlink('h', 'l/secret')],
    refused: 'it is a hardlink to "canary/secret", which is not there',
  }),
  'a hardlink through a symlink of a lower layer': () => ({
    lower: [symlink('l', '/'), directory('d'), symlink('d/l', canary())],
    tar: [hardlink('h', 'l/d/l/secret')],
    refused: 'which is not there',
  }),
  'a hardlink to a symlink, which is then written through': () => ({
    tar: [symlink('l', join(canary(), 'secret')), hardlink('h', 'l'), file('h', 'overwritten')],
    shows: { h: 'file', l: 'symlink' },
  }),
  'a hardlink to itself': () => ({
    tar: [file('h'), hardlink('h', './h')],
    refused: 'it is a hardlink to itself',
  }),
  'a hardlink to itself through a symlink': () => ({
    tar: [directory('d'), symlink('l', 'd'), file('d/h'), hardlink('l/h', 'd/h')],
    refused: 'it is a hardlink to itself',
  }),
  'hardlinks that lead to one another': () => ({
    tar: [hardlink('a', 'b'), hardlink('b', 'a')],
    refused: 'entry "a" at byte 0: it is a hardlink to "b", which is not there',
  }),
  'a hardlink to a directory': () => ({
    tar: [directory('d'), hardlink('h', 'd')],
    refused: 'it is a hardlink to a directory',
  }),
  'a hardlink to the root': () => ({ tar: [hardlink('h', '/')], refused: 'it is a hardlink to the root' }),
  'a hardlink in the place of the directory that its target is in': () => ({
    tar: [directory('d'), file('d/f'), hardlink('d', 'd/f')],
    refused: 'linkat: ENOENT',
  }),
  'a hardlink to what was taken away': () => ({
    lower: [file('a')],
    tar: [file('.wh.a', ''), hardlink('h', 'a')],
    refused: 'it is a hardlink to "a", which is not there',
  }),
  'a hardlink to a whiteout': () => ({
    lower: [file('a')],
    tar: [file('.wh.a', ''), hardlink('h', '.wh.a')],
    refused: 'which is not there',
  }),
  'a hardlink without a target': () => ({ tar: [hardlink('h', '')], refused: 'it has no name' }),

  // Names.
  'a name with ".." in front': () => ({ tar: [file('../canary/secret')], refused: 'its path has ".."' }),
  'a name with ".." inside': () => ({ tar: [file('a/../../canary/secret')], refused: 'its path has ".."' }),
  'a name with ".." that stays inside': () => ({ tar: [file('a/../b')], refused: 'its path has ".."' }),
  'a name with ".." at the end': () => ({ tar: [directory('a/..')], refused: 'its path has ".."' }),
  'an absolute name': () => ({
    tar: [file(join(canary(), 'secret'), 'overwritten')],
    shows: within(canary(), 'secret'),
  }),
  'a name with a NUL': () => ({
    tar: [file('x', '', { records: { path: Buffer.from('a\0/../b') } })],
    refused: 'its path has a NUL',
  }),
  'an empty name': () => ({ tar: [file('')], refused: 'it has no name' }),
  'a file named "."': () => ({ tar: [file('.')], refused: 'it is the root itself, and no directory' }),
  'a file named "/", which by its slash is a directory': () => ({ tar: [file('/', '')], shows: {} }),
  'a symlink in the place of the root': () => ({
    tar: [symlink('./', '/')],
    refused: 'it is the root itself, and no directory',
  }),
  'a hardlink in the place of the root': () => ({
    tar: [file('a'), hardlink('.', 'a')],
    refused: 'it is the root itself, and no directory',
  }),
  'a device in the place of the root': () => ({
    tar: [device('.', '4', 8, 0)],
    refused: 'it is the root itself, and no directory',
  }),
  'a name of 256 bytes': () => ({ tar: [file('n'.repeat(256))], refused: 'a name has more than 255 bytes' }),
  'a path of more than 4095 bytes': () => ({
    tar: [file(`${'some/'.repeat(900)}f`)],
    refused: 'its path has more than 4095 bytes',
  }),
  'a hundred thousand directories in one another': () => ({
    tar: [directory('d/'.repeat(100_000))],
    refused: 'its path has more than 4095 bytes',
  }),
  'more directories in one another than allowed': () => ({
    tar: [directory('d/'.repeat(1001))],
    refused: 'it is more than 800 directories deep',
  }),
  'directories that grow deeper by symlinks': () => ({
    tar: [directory('d/'.repeat(600)), symlink('l', 'd/'.repeat(600)), file(`l/${'e/'.repeat(600)}f`)],
    refused: 'it is more than 800 directories deep',
  }),
  'a path that grows longer by symlinks': () => ({
    tar: [
      directory(`${'n'.repeat(200)}/`.repeat(18)),
      symlink('l', `${'n'.repeat(200)}/`.repeat(18)),
      file(`l/${`${'m'.repeat(200)}/`.repeat(18)}f`),
    ],
    refused: 'a link leads it to a path that is too long',
  }),

  // Whiteouts.
  'a bare whiteout': () => ({ tar: [file('d/.wh.', '')], refused: 'it is a whiteout of no name' }),
  'a whiteout of "."': () => ({ tar: [file('.wh..', '')], refused: 'it is a whiteout of no name' }),
  'a whiteout of ".."': () => ({ tar: [file('d/.wh...', '')], refused: 'it is a whiteout of no name' }),
  'a whiteout of an absolute path': () => ({
    tar: [file(`.wh.${canary()}/secret`, '')],
    refused: 'it is below a whiteout, which is no directory',
  }),
  'a whiteout in a path with ".."': () => ({
    tar: [file('../canary/.wh.secret', '')],
    refused: 'its path has ".."',
  }),
  'a whiteout through an absolute symlink': () => ({
    tar: [symlink('l', canary()), file('l/.wh.secret', '')],
    shows: { l: 'symlink' },
  }),
  'a whiteout through a symlink up and out': () => ({
    lower: [symlink('l', '../../canary')],
    tar: [file('l/.wh.secret', '')],
    shows: { l: 'symlink' },
  }),
  'an opaque marker through a symlink': () => ({
    tar: [symlink('l', canary()), file('l/.wh..wh..opq', '')],
    shows: { ...within(canary(), ''), l: 'symlink' },
  }),
  'a whiteout of a symlink, which is then written through': () => ({
    lower: [symlink('l', canary())],
    tar: [file('.wh.l', ''), file('l/new')],
    shows: { l: 'directory', 'l/new': 'file' },
  }),
  'a whiteout that is a directory with something in it': () => ({
    tar: [directory('.wh.d'), file('.wh.d/f')],
    refused: 'it is below a whiteout, which is no directory',
  }),
  'a whiteout that is a symlink': () => ({
    lower: [file('a')],
    tar: [symlink('.wh.a', join(canary(), 'secret'))],
    shows: {},
  }),
  'bookkeeping of aufs': () => ({
    tar: [
      ...[directory('.wh..wh.plnk'), file('.wh..wh.plnk/1.2'), file('.wh..wh.aufs', '')],
      ...[file('d/.wh..wh.other', ''), directory('.wh..wh.orph')],
    ],
    shows: {},
  }),
  'something below an opaque marker': () => ({
    tar: [file('.wh..wh..opq/f')],
    refused: 'it is below a whiteout, which is no directory',
  }),

  // Devices and attributes.
  'a device 0:0, the whiteout of overlay': () => ({
    lower: [file('a')],
    tar: [device('a', '3', 0, 0)],
    refused: 'a character device 0:0 is the sign of overlay that a name is deleted',
  }),
  'a device of the host': () => ({
    tar: [device('disk', '4', 8, 0), fifo('p'), device('mem', '3', 1, 1)],
    shows: { disk: 'block', mem: 'character', p: 'fifo' },
  }),
  'a device whose number is another in the kernel': () => ({
    tar: [device('d', '3', 4096, 0)],
    refused: "a device 4096:0 is beyond the kernel's numbers",
  }),
  'a file that is written behind a device of its name': () => ({
    tar: [device('null', '4', 7, 99), file('null', 'content')],
    shows: { null: 'file' },
  }),
  'a FIFO that is then written to': () => ({ tar: [fifo('p'), file('p', 'content')], shows: { p: 'file' } }),
  'an owner that chown takes for none': () => ({
    tar: [file('f', '', { mode: 0o4755, uid: 2 ** 32 - 1 })],
    refused: 'its owner 4294967295 is no user',
  }),
  'a negative owner': () => ({ tar: [file('f', '', { gid: -2 })], refused: 'its group -2 is no group' }),
  'a time that no clock has': () => ({
    tar: [file('f', '', { records: { mtime: '9999999999999999999' } })],
    refused: 'its time is out of all range',
  }),

  // Damage and bombs.
  'a size that is larger than the tar': () => ({
    tar: () => madeEntry(file('f', 'short', { size: 1_000_000 })),
    refused: 'the tar is cut off',
  }),
  'a size that is smaller than the content': () => ({
    tar: () => Buffer.concat([madeEntry(file('f', 'x'.repeat(600), { size: 3 })), Buffer.alloc(1024)]),
    refused: 'the checksum is',
  }),
  'a tar that is cut off within content': () => ({
    tar: () => madeTar(file('f', 'x'.repeat(5000))).subarray(0, 3000),
    refused: 'the tar is cut off at byte 3000',
  }),
  'a tar that is cut off within a header': () => ({
    tar: () => madeTar(file('f', 'x'), file('g', 'x')).subarray(0, 1300),
    refused: 'the tar is cut off at byte 1300',
  }),
  'two tars behind one another': () => ({
    tar: () => Buffer.concat([madeTar(file('a')), madeTar(symlink('b', canary()))]),
    refused: 'more follows behind the end of the tar',
  }),
  'no tar at all': () => ({ tar: () => Buffer.from('#!/bin/sh\n'.repeat(100)), refused: 'read the tar: ' }),
  'more bytes than allowed': () => ({
    tar: [file('bomb', Buffer.alloc(100_000))],
    limits: { bytes: 50_000 },
    refused: 'unpack a layer: it has more than 50000 bytes',
  }),
  'more entries than allowed': () => ({
    tar: Array.from({ length: 101 }, (_, index) => file(`f${index}`, '')),
    limits: { entries: 100 },
    refused: 'the layer has more than 100 entries',
  }),
  'a sparse file whose map is larger than it': () => ({
    tar: [
      file('f', 'x', {
        records: {
          ...{ 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1' },
          ...{ 'GNU.sparse.size': '10', 'GNU.sparse.map': '9007199254740991,1' },
        },
      }),
    ],
    refused: 'its sparse map',
  }),
};

function perWay(name: string, make: (way: string) => Case): Record<string, () => Case> {
  const names = ['absolute', 'up and out', 'far up and out'];
  return Object.fromEntries(names.map((way) => [`${name}, ${way}`, () => make(ways()[way] ?? '')]));
}

/** An absolute path as it lies below the root, with its parents. */
function within(path: string, below: string): Record<string, string> {
  const names = join(path, below)
    .split('/')
    .filter((name) => name !== '');
  const paths = names.map((_, index) => names.slice(0, index + 1).join('/'));
  const isFile = below !== '';
  return Object.fromEntries(
    paths.map((each, index) => [each, isFile && index === paths.length - 1 ? 'file' : 'directory']),
  );
}

function plantCanary(): void {
  mkdirSync(join(canary(), 'directory'), { recursive: true, mode: 0o700 });
  writeFileSync(join(canary(), 'secret'), 'secret', { mode: 0o600 });
  writeFileSync(join(canary(), 'directory/other'), 'other', { mode: 0o600 });
  symlinkSync('secret', join(canary(), 'link'));
}

describe.each(forms)('form %s', (form) => {
  test.each(Object.entries(cases))('%s', async (_, make) => {
    plantCanary();
    const { tar, lower, limits, refused, shows } = make();
    const stack = new Stack(form, limits);
    await stack.add(madeTar(...(lower ?? [])));
    const before = { canary: describeTree(canary()), below: describeTree(stack.top) };
    const below = stack.top;
    const names = readdirSync(base()).sort();
    const descriptors = readdirSync('/proc/self/fd').length;

    const bytes = Array.isArray(tar) ? madeTar(...tar) : tar();
    if (refused !== undefined) {
      const message = await refusal(stack.add(bytes));
      expect(message).toContain(refused);
      expect(message).toMatch(
        /^(SC_BAD_IMAGE: (read the tar|unpack a layer)|SC_STORAGE_FAILED: unpack ").*: /,
      );
      expect(message.length).toBeLessThan(500);
    } else {
      await stack.add(bytes);
      const tree = stack.shown((top) => describeTree(top));
      expect(Object.fromEntries(Object.entries(tree).map(([path, { type }]) => [path, type]))).toEqual({
        '': 'directory',
        ...shows,
      });
    }

    expect(describeTree(canary())).toEqual(before.canary);
    expect(describeTree(below)).toEqual(before.below);
    expect(readdirSync(base()).sort()).toEqual(names);
    expect(readdirSync('/proc/self/fd').length).toBe(descriptors);
    expect(existsSync(join(base(), '..', 'new'))).toBe(false);
  });
});
