import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type LayerLimits, layerLimits } from '../../../src/image/layer/limits.ts';
import { type LayerChange, type LayerChanges, packChanges, packTree } from '../../../src/image/layer/pack.ts';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH } from '../../../src/linux/constants.ts';
import { openBeneath } from '../../../src/linux/directory.ts';
import { joinNames, splitPath } from '../../../src/linux/merged-layers.ts';
import { writeXattr } from '../../../src/linux/xattrs.ts';
import { type Collected, collect } from '../tar/collected.ts';
import { describeTree } from './described-tree.ts';
import { refusal, Stack, useDirectory } from './laboratory.ts';
import { directory as directoryEntry, file, madeTar } from './made-tar.ts';

const base = useDirectory();
let tree: string;

beforeEach(() => {
  tree = join(base(), 'tree');
  mkdirSync(tree);
});

const added = (path: string): LayerChange => ({ kind: 'added', path: Buffer.from(path) });
const deleted = (path: string): LayerChange => ({ kind: 'deleted', path: Buffer.from(path) });

/** Pieces, put together when the last has come: none may have been used for something else meanwhile. */
async function gathered(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

async function withTree<Result>(action: (descriptor: number) => Promise<Result>): Promise<Result> {
  const descriptor = openSync(tree, O_PATH | O_DIRECTORY);
  try {
    return await action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Changes of what lies below an open directory. */
function changesBelow(directory: number, list: Iterable<LayerChange>): LayerChanges {
  return { list, open: (path) => openBeneath(directory, joinNames(splitPath(path))) };
}

const packed = (...list: LayerChange[]): Promise<Buffer> =>
  withTree((descriptor) => gathered(packChanges(changesBelow(descriptor, list))));
const packedTree = (form?: 'overlay'): Promise<Buffer> =>
  withTree((descriptor) => gathered(packTree(descriptor, form)));

const paths = (tar: Buffer): string[] => collect(tar).map(({ path }) => path.toString());
const entryOf = (tar: Buffer, path: string): Collected | undefined =>
  collect(tar).find((entry) => entry.path.toString() === path);

function xattr(path: string, name: string, value: string): void {
  const descriptor = openSync(path, O_PATH | O_NOFOLLOW);
  writeXattr(descriptor, name, Buffer.from(value));
  closeSync(descriptor);
}

test('changes are sorted by their bytes, with the directories on the way, and whiteouts for what is deleted', async () => {
  mkdirSync(join(tree, 'a/b'), { recursive: true, mode: 0o711 });
  writeFileSync(join(tree, 'a/b/c'), 'new');
  writeFileSync(join(tree, 'a-z'), '');
  writeFileSync(join(tree, 'ä'), '');
  const tar = await packed(
    added('/ä'),
    deleted('/gone'),
    added('/a/b/c'),
    deleted('/a/b/old'),
    added('/a-z'),
  );
  expect(paths(tar)).toEqual(['a/', 'a-z', 'a/b/', 'a/b/c', 'a/b/.wh.old', '.wh.gone', 'ä']);
  expect(entryOf(tar, 'a/b/')?.mode).toBe(0o711);
  expect(entryOf(tar, 'a/b/.wh.old')).toMatchObject({ type: 'file', size: 0, mtime: 0n });
});

test('the bytes are the same whatever the order of the changes, and a change of the root is its own', async () => {
  mkdirSync(join(tree, 'd'));
  for (const name of ['x', 'y', 'z']) writeFileSync(join(tree, 'd', name), name);
  linkSync(join(tree, 'd/x'), join(tree, 'd/w'));
  const list = [added('/'), added('/d/x'), added('d/w'), added('/d/y'), deleted('/d/e'), added('/d/z')];
  const first = await packed(...list);
  expect(await packed(...list.toReversed())).toEqual(first);
  expect(paths(first)).toEqual(['./', 'd/', 'd/.wh.e', 'd/w', 'd/x', 'd/y', 'd/z']);
  expect(entryOf(first, 'd/x')).toMatchObject({ type: 'hardlink', link: Buffer.from('d/w') });
});

test('nothing is a layer too', async () => {
  expect(collect(await packed())).toEqual([]);
});

test('a whole tree has its root, and no sockets, and nothing of what steers overlay', async () => {
  const server = createServer().listen(join(tree, 'socket'));
  try {
    mkdirSync(join(tree, 'd'));
    symlinkSync('/nowhere', join(tree, 'l'));
    execFileSync('mkfifo', [join(tree, 'p')]);
    for (const name of ['trusted.overlay.opaque', 'trusted.overlay.origin', 'user.overlay.x', 'user.kept'])
      xattr(join(tree, 'd'), name, 'y');
    const tar = await packedTree();
    expect(paths(tar)).toEqual(['./', 'd/', 'l', 'p']);
    expect(entryOf(tar, 'd/')?.xattrs).toEqual(new Map([['user.kept', Buffer.from('y')]]));
    expect(entryOf(tar, 'l')).toMatchObject({ type: 'symlink', link: Buffer.from('/nowhere') });
  } finally {
    server.close();
  }
});

test('labels of SELinux are the host’s: they go into no layer, and come out of none', async () => {
  writeFileSync(join(tree, 'f'), '');
  xattr(join(tree, 'f'), 'security.selinux', 'system_u:object_r:etc_t:s0');
  xattr(join(tree, 'f'), 'user.kept', 'y');
  expect(entryOf(await packedTree(), 'f')?.xattrs).toEqual(new Map([['user.kept', Buffer.from('y')]]));
  const records = { 'SCHILY.xattr.security.selinux': 'label', 'SCHILY.xattr.user.kept': 'y' };
  const stack = new Stack('overlay');
  await stack.add(madeTar(file('f', '', { records })));
  expect(describeTree(stack.top).f?.xattrs).toEqual({ 'user.kept': '79' });
});

test('a layer of overlay becomes the tar that it came from', async () => {
  const stack = new Stack('overlay');
  await stack.add(madeTar(directoryEntry('d'), file('d/f'), directoryEntry('e'), file('e/f'), file('g')));
  await stack.add(madeTar(file('d/.wh.f', ''), file('e/.wh..wh..opq', ''), file('e/new'), file('.wh.g', '')));
  tree = stack.top;
  const tar = await packedTree('overlay');
  expect(paths(tar)).toEqual(['./', 'd/', 'd/.wh.f', 'e/', 'e/.wh..wh..opq', 'e/new', '.wh.g']);
  const again = new Stack('overlay');
  await again.add(madeTar(directoryEntry('d'), file('d/f'), directoryEntry('e'), file('e/f'), file('g')));
  await again.add(tar);
  expect(describeTree(again.top)).toEqual(describeTree(stack.top));
});

test.each([
  [
    'a name of a whiteout',
    () => writeFileSync(join(tree, '.wh.x'), ''),
    '.wh.x',
    'a name that begins with ".wh."',
  ],
  [
    'a character device 0:0',
    () => execFileSync('mknod', [join(tree, 'x'), 'c', '0', '0']),
    'x',
    'a character device 0:0 would take its name away',
  ],
])('%s is no content of a layer', async (_, make, path, message) => {
  make();
  expect(await refusal(packedTree())).toContain(`SC_UNSUPPORTED: pack "${path}": in a layer, ${message}`);
  expect(await refusal(packed(added(path)))).toContain(message);
});

test('what is not there any more is an error that names it, and no descriptor stays open', async () => {
  const before = readdirSync('/proc/self/fd').length;
  expect(await refusal(packed(added('/d/gone')))).toBe('SC_STORAGE_FAILED: pack "d": openat2 "./d": ENOENT');
  writeFileSync(join(tree, 'f'), Buffer.alloc(3_000_000));
  const pieces = await withTree(async (descriptor) => {
    const pieces = packTree(descriptor);
    await pieces.next();
    await pieces.return(undefined);
    return pieces;
  });
  expect(await pieces.next()).toEqual({ done: true, value: undefined });
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

test('no link on the way is followed, be it one that has taken the place of a directory', async () => {
  mkdirSync(join(base(), 'outside'));
  writeFileSync(join(base(), 'outside/secret'), 'secret');
  symlinkSync(join(base(), 'outside'), join(tree, 'd'));
  expect(await refusal(packed(added('/d/secret')))).toBe(
    'SC_STORAGE_FAILED: pack "d/secret": openat2 "./d/secret": ELOOP',
  );
});

test('a file that grows is packed as it was, and one that shrinks is an error', async () => {
  const path = join(tree, 'f');
  writeFileSync(path, Buffer.alloc(5_000_000, 'x'));
  const change = async (action: () => void) =>
    withTree(async (descriptor) => {
      const pieces: Buffer[] = [];
      for await (const piece of packTree(descriptor)) {
        if (pieces.push(piece) === 1) action();
      }
      return Buffer.concat(pieces);
    });
  const grown = await change(() => appendFileSync(path, Buffer.alloc(5_000_000, 'y')));
  expect(entryOf(grown, 'f')?.content.equals(Buffer.alloc(5_000_000, 'x'))).toBe(true);
  expect(await refusal(change(() => truncateSync(path, 6_000_000)))).toContain(
    'write "f" into a tar: less than its 10000000 bytes',
  );
});

test('a file that is all hole is no reason to write zeros without an end', async () => {
  writeFileSync(join(tree, 'huge'), '');
  truncateSync(join(tree, 'huge'), 2 ** 43);
  expect(await refusal(packedTree())).toBe(
    'SC_UNSUPPORTED: pack "huge": in a layer, its 8796093022208 bytes would be too many, and 68719476736 are the most',
  );
});

test('what would be too much to be unpacked again is refused before it is written', async () => {
  for (const name of ['a', 'b', 'c']) writeFileSync(join(tree, name), Buffer.alloc(1000));
  const list = ['a', 'b', 'c'].map(added);
  const packed = (limits: Partial<LayerLimits>) =>
    withTree((descriptor) =>
      gathered(packChanges(changesBelow(descriptor, list), { ...layerLimits, ...limits })),
    );
  const { length: whole } = await packed({});
  expect(await packed({ bytes: whole, entries: 3 })).toHaveLength(whole);
  expect(await refusal(packed({ bytes: whole - 1 }))).toContain(
    'pack "c": in a layer, its 1000 bytes would be',
  );
  expect(await refusal(packed({ entries: 2 }))).toContain(
    'pack "c": in a layer, it would be too many, and 2 e',
  );
});

test('holes are zeros in the tar, wherever they are', async () => {
  const path = join(tree, 'f');
  const descriptor = openSync(path, 'w');
  for (const offset of [1_000_000, 7_000_000]) writeSync(descriptor, 'content', offset);
  ftruncateSync(descriptor, 9_000_000);
  closeSync(descriptor);
  const expected = readFileSync(path);
  const tar = await packed(added('/f'));
  expect(entryOf(tar, 'f')?.content.equals(expected)).toBe(true);
});

test('GNU tar unpacks what was packed', async () => {
  mkdirSync(join(tree, 'd'), { mode: 0o2750 });
  writeFileSync(join(tree, 'd/f'), 'content', { mode: 0o4755 });
  linkSync(join(tree, 'd/f'), join(tree, 'd/g'));
  symlinkSync('f', join(tree, `d/${'long'.repeat(40)}`));
  execFileSync('mknod', [join(tree, 'null'), 'c', '1', '3']);
  xattr(join(tree, 'd/f'), 'user.x', 'y');
  utimesSync(join(tree, 'd/f'), 1, 1.5);
  const tar = await packedTree();
  const out = join(base(), 'out');
  mkdirSync(out);
  execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xpf', '-', '-C', out], { input: tar });
  expect(describeTree(out)).toEqual(describeTree(tree));
});
