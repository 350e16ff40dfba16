import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packTree } from '../../../src/image/layer/pack.ts';
import { unpackLayer } from '../../../src/image/layer/unpack.ts';
import { setTimesAt } from '../../../src/linux/attributes.ts';
import { O_DIRECTORY, O_NOFOLLOW, O_PATH, S_IFCHR, S_IFIFO } from '../../../src/linux/constants.ts';
import { deviceNumber, mknodat } from '../../../src/linux/directory-entries.ts';
import { writeXattr } from '../../../src/linux/xattrs.ts';
import { describeTree } from './described-tree.ts';
import { forms, inChunks, useDirectory } from './laboratory.ts';

const base = useDirectory();

/** Packs a tree and unpacks it elsewhere. */
async function roundTrip(tree: string, form: (typeof forms)[number]): Promise<string> {
  const target = mkdtempSync(join(base(), 'target-'));
  const descriptor = openSync(tree, O_PATH | O_DIRECTORY);
  try {
    await unpackLayer(packTree(descriptor), { directory: target, form, lower: [] });
  } finally {
    closeSync(descriptor);
  }
  return target;
}

type Kind = 'file' | 'directory' | 'symlink' | 'fifo' | 'device' | 'hardlink';

interface Planted {
  names: string[];
  kind: Kind;
  mode: number;
  uid: number;
  gid: number;
  mtime: bigint;
  content: Uint8Array;
  xattr: Uint8Array | undefined;
}

const planted: fc.Arbitrary<Planted> = fc.record({
  names: fc.array(fc.constantFrom('a', 'b', 'ü', 'c d', 'n'.repeat(120), 'e\nf'), {
    minLength: 1,
    maxLength: 4,
  }),
  kind: fc.constantFrom<Kind>('file', 'directory', 'symlink', 'fifo', 'device', 'hardlink'),
  mode: fc.nat(0o7777),
  uid: fc.oneof(fc.nat(2000), fc.integer({ min: 0, max: 2 ** 32 - 2 })),
  gid: fc.oneof(fc.nat(2000), fc.integer({ min: 0, max: 2 ** 32 - 2 })),
  // As far as ext4 can say.
  mtime: fc.bigInt({ min: -2_000_000_000_000_000_000n, max: 15_000_000_000_000_000_000n }),
  content: fc.uint8Array({ maxLength: 1500 }),
  xattr: fc.option(fc.uint8Array({ maxLength: 60 }), { nil: undefined }),
});

/** Puts each where there is room for it, and then their metadata from the deepest up. */
function plant(tree: string, list: readonly Planted[]): void {
  const made: Planted[] = [];
  const files: string[] = [];
  const directories = new Set(['']);
  const taken = new Set<string>();
  for (const each of list) {
    const path = join(tree, ...each.names);
    const parent = join(path, '..');
    const name = each.names.join('/');
    if (taken.has(name) || !directories.has(each.names.slice(0, -1).join('/'))) continue;
    if (each.kind === 'file') writeFileSync(path, each.content);
    else if (each.kind === 'directory') mkdirSync(path);
    else if (each.kind === 'symlink') symlinkSync(Buffer.from(`../${each.names.join('/')}`), path);
    else if (each.kind === 'hardlink') {
      const [first] = files;
      if (first === undefined) continue;
      linkSync(first, path);
      taken.add(name);
      continue;
    } else makeNode(parent, each);
    if (each.kind === 'file') files.push(path);
    if (each.kind === 'directory') directories.add(name);
    taken.add(name);
    made.push(each);
  }
  for (const each of made.toReversed()) setMetadata(join(tree, ...each.names), each);
}

function makeNode(parent: string, { kind, names }: Planted): void {
  const directory = openSync(parent, O_PATH | O_DIRECTORY);
  const name = Buffer.from(names.at(-1) ?? '');
  if (kind === 'fifo') mknodat(directory, name, S_IFIFO, 0n);
  else mknodat(directory, name, S_IFCHR, deviceNumber(1, 300));
  closeSync(directory);
}

function setMetadata(path: string, { kind, mode, uid, gid, mtime, xattr }: Planted): void {
  lchownSync(path, uid, gid);
  if (kind !== 'symlink') chmodSync(path, mode);
  if (xattr !== undefined) {
    const descriptor = openSync(path, O_PATH | O_NOFOLLOW);
    writeXattr(descriptor, 'trusted.x', Buffer.from(xattr));
    closeSync(descriptor);
  }
  const parent = openSync(join(path, '..'), O_PATH | O_DIRECTORY);
  setTimesAt(parent, Buffer.from(path.slice(path.lastIndexOf('/') + 1)), mtime);
  closeSync(parent);
}

describe.each(forms)('form %s', (form) => {
  test('any tree comes back as it was', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(planted, { maxLength: 25 }), async (list) => {
        const tree = mkdtempSync(join(base(), 'tree-'));
        plant(tree, list);
        const target = await roundTrip(tree, form);
        expect(describeTree(target)).toEqual(describeTree(tree));
        rmSync(target, { recursive: true });
        rmSync(tree, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  test('a Debian root filesystem comes back as it was', { timeout: 120_000 }, async () => {
    const target = await roundTrip('rootfs/debian', form);
    expect(describeTree(target)).toEqual(describeTree('rootfs/debian'));
  });
});

test('a Debian root filesystem of GNU tar is unpacked as GNU tar unpacks it', {
  timeout: 120_000,
}, async () => {
  const ours = join(base(), 'ours');
  const theirs = join(base(), 'theirs');
  for (const directory of [ours, theirs]) mkdirSync(directory);
  const options = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];
  const tar = execFileSync('tar', [...options, '-C', 'rootfs/debian', '-cf', '-', '.'], {
    maxBuffer: 2 ** 30,
  });
  execFileSync('tar', [...options, '-xpf', '-', '-C', theirs], { input: tar });
  const { entries } = await unpackLayer(inChunks(tar, 1_000_000), {
    directory: ours,
    form: 'overlay',
    lower: [],
  });
  const described = describeTree(theirs);
  expect(describeTree(ours)).toEqual(described);
  expect(entries).toBe(Object.keys(described).length);
});

test('a file with holes has them again', async () => {
  const tree = join(base(), 'tree');
  mkdirSync(tree);
  const size = 16 * 1024 * 1024;
  const descriptor = openSync(join(tree, 'sparse'), 'w');
  writeSync(descriptor, Buffer.alloc(1000, 'x'), 0, 1000, size / 2 + 5);
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  writeFileSync(join(tree, 'dense'), Buffer.alloc(200_000, 'y'));
  const target = await roundTrip(tree, 'overlay');
  expect(describeTree(target)).toEqual(describeTree(tree));
  expect(statSync(join(target, 'sparse')).blocks * 512).toBeLessThanOrEqual(64 * 1024);
  expect(statSync(join(target, 'dense')).blocks).toBe(statSync(join(tree, 'dense')).blocks);
});
