import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unpackLayer } from '../../../src/image/layer/unpack.ts';
import { describeTree } from './described-tree.ts';
import { forms, inChunks, refusal, Stack, useDirectory } from './laboratory.ts';
import { device, directory, fifo, file, hardlink, type MadeEntry, madeTar, symlink } from './made-tar.ts';

const base = useDirectory();

/** What is shown, as paths with what the test asks of each. */
function shown(stack: Stack): string[] {
  return stack.shown((top) => Object.keys(describeTree(top)).filter((path) => path !== ''));
}

async function stacked(form: (typeof forms)[number], ...layers: MadeEntry[][]): Promise<Stack> {
  const stack = new Stack(form);
  for (const layer of layers) await stack.add(madeTar(layer));
  return stack;
}

test.each(forms)('%s: all that a tar says of an entry is restored', async (form) => {
  const stack = await stacked(form, [
    directory('d', { mode: 0o3751, uid: 7, gid: 8, mtime: 5 }),
    file('d/f', 'content', { mode: 0o6755, uid: 70_000, gid: 80_000, records: { mtime: '12.123456789' } }),
    file('d/capable', '', {
      mode: 0o755,
      uid: 9,
      records: {
        'SCHILY.xattr.security.capability': Buffer.from('0000000200040000000000000000000000000000', 'hex'),
        'SCHILY.xattr.user.bytes': Buffer.from([0, 1, 0xff, 0x0a]),
      },
    }),
    symlink('d/l', '/absolute/../text', { uid: 3, gid: 4, records: { 'SCHILY.xattr.trusted.of': 'link' } }),
    hardlink('d/h', 'd/f'),
    hardlink('d/hl', '/d/l'),
    device('d/c', '3', 1, 3),
    device('d/b', '4', 259, 70_000),
    fifo('d/p'),
  ]);
  const { '': _, ...tree } = describeTree(stack.top);
  const times = '1000000000000000000';
  expect(tree).toEqual({
    d: { type: 'directory', mode: '3751', owner: '7:8', mtime: '5000000000' },
    'd/b': { type: 'block', mode: '644', owner: '0:0', mtime: times, device: String(0x11110370) },
    'd/c': { type: 'character', mode: '644', owner: '0:0', mtime: times, device: String(0x103) },
    'd/capable': {
      ...{ type: 'file', mode: '755', owner: '9:0', mtime: times, size: 0, content: '' },
      xattrs: {
        'security.capability': '0000000200040000000000000000000000000000',
        'user.bytes': '0001ff0a',
      },
    },
    'd/f': {
      ...{ type: 'file', mode: '6755', owner: '70000:80000', mtime: '12123456789' },
      ...{ size: 7, content: 'content' },
    },
    'd/h': {
      ...{ type: 'file', mode: '6755', owner: '70000:80000', mtime: '12123456789' },
      ...{ size: 7, content: 'content', same: 'd/f' },
    },
    'd/hl': {
      ...{ type: 'symlink', mode: '777', owner: '3:4', mtime: times, link: '/absolute/../text' },
      xattrs: { 'trusted.of': Buffer.from('link').toString('hex') },
    },
    'd/l': {
      ...{ type: 'symlink', mode: '777', owner: '3:4', mtime: times, link: '/absolute/../text' },
      ...{ xattrs: { 'trusted.of': Buffer.from('link').toString('hex') }, same: 'd/hl' },
    },
    'd/p': { type: 'fifo', mode: '644', owner: '0:0', mtime: times },
  });
});

test('the digest is of all bytes of the tar, also of those behind its end', async () => {
  const tar = Buffer.concat([madeTar(file('a')), Buffer.alloc(10_240)]);
  const stack = new Stack('overlay');
  expect(await stack.add(tar)).toEqual({
    diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
    bytes: tar.length,
    entries: 1,
  });
});

test('names that are no text, long ones, and those with spaces and newlines are kept byte by byte', async () => {
  const names = [Buffer.from([0x66, 0xff, 0xfe]), Buffer.alloc(255, 0xc3), Buffer.from('a\nb c')];
  const stack = await stacked('overlay', [names.map((path) => ({ path, content: '' }))].flat());
  expect(readdirSync(stack.top, { encoding: 'buffer' }).sort(Buffer.compare)).toEqual(
    names.sort(Buffer.compare),
  );
});

test.each(forms)('%s: an absolute path and one with empty names are below the root', async (form) => {
  const stack = await stacked(form, [file('/etc//./passwd'), directory('.//var/')]);
  expect(shown(stack)).toEqual(['etc', 'etc/passwd', 'var']);
});

test.each(forms)('%s: a whiteout hides what is below it and never appears', async (form) => {
  const stack = await stacked(
    form,
    [directory('d'), file('d/gone'), file('d/kept'), directory('d/tree'), file('d/tree/deep')],
    [file('d/.wh.gone', ''), file('d/.wh.tree', ''), file('.wh.nothing', ''), file('no/where/.wh.x', '')],
  );
  expect(shown(stack)).toEqual(['d', 'd/kept']);
});

test.each(forms)(
  '%s: a whiteout does not hide what is of its own layer, whatever comes first',
  async (form) => {
    const lower = [
      directory('d'),
      file('d/a', 'old'),
      directory('t'),
      file('t/old'),
      directory('u'),
      file('u/old'),
    ];
    const marks = [file('d/.wh.a', ''), file('.wh.t', ''), file('.wh.u', ''), file('.wh.w', '')];
    const content = [
      file('d/a', 'new'),
      directory('t', { mode: 0o700 }),
      file('t/new'),
      file('u/new'),
      file('w'),
    ];
    const results = [];
    for (const layer of [
      [...marks, ...content],
      [...content, ...marks],
    ]) {
      const stack = await stacked(form, lower, layer);
      results.push(stack.shown((top) => describeTree(top, { times: false })));
    }
    expect(Object.keys(results[0] ?? {})).toEqual(['', 'd', 'd/a', 't', 't/new', 'u', 'u/new', 'w']);
    expect(results[0]?.['d/a']?.content).toBe('new');
    expect(results[1]).toEqual(results[0]);
  },
);

test.each(forms)('%s: an opaque marker hides all siblings below it, whatever comes first', async (form) => {
  const lower = [
    directory('./'),
    ...[
      directory('d', { mode: 0o700 }),
      file('d/old'),
      directory('d/sub', { mode: 0o711 }),
      file('d/sub/old'),
    ],
    ...[directory('d/sub/deep'), file('e/old')],
  ];
  const marker = file('d/.wh..wh..opq', '');
  const content = [file('d/new'), file('d/sub/new'), file('d/sub/.wh.old', ''), file('d/.wh.old', '')];
  const results = [];
  for (const layer of [
    [marker, ...content],
    [...content, marker],
  ]) {
    const stack = await stacked(form, lower, layer);
    results.push(stack.shown((top) => describeTree(top)));
  }
  expect(Object.keys(results[0] ?? {})).toEqual(['', 'd', 'd/new', 'd/sub', 'd/sub/new', 'e', 'e/old']);
  expect(results[0]?.d?.mode).toBe('700');
  expect(results[0]?.['d/sub']?.mode).toBe('755');
  expect(results[1]).toEqual(results[0]);
});

test.each(forms)('%s: an opaque marker of the root hides all of the layers below', async (form) => {
  const lower = [directory('d'), file('d/old'), file('f'), directory('e'), file('e/old')];
  const results = [];
  for (const layer of [
    [file('.wh..wh..opq', ''), file('d/new')],
    [file('d/new'), file('.wh..wh..opq', '')],
  ]) {
    const stack = await stacked(form, lower, [file('g')], layer);
    results.push(shown(stack));
  }
  expect(results).toEqual([
    ['d', 'd/new'],
    ['d', 'd/new'],
  ]);
});

test.each(forms)(
  '%s: a directory over a directory merges and has the new metadata, else it replaces',
  async (form) => {
    const stack = await stacked(
      form,
      [
        directory('d', { mode: 0o700, records: { 'SCHILY.xattr.user.old': '1' } }),
        ...[file('d/old'), file('f'), symlink('l', 'd'), directory('t'), file('t/old')],
      ],
      [
        directory('d', { mode: 0o711, mtime: 7 }),
        directory('f'),
        directory('l'),
        file('l/new'),
        file('t', 'file'),
      ],
    );
    const tree = stack.shown((top) => describeTree(top));
    expect(Object.keys(tree)).toEqual(['', 'd', 'd/old', 'f', 'l', 'l/new', 't']);
    expect(tree.d).toEqual({ type: 'directory', mode: '711', owner: '0:0', mtime: '7000000000' });
    expect([tree.f?.type, tree.l?.type, tree.t?.content]).toEqual(['directory', 'directory', 'file']);
  },
);

test.each(forms)(
  '%s: what replaces a directory hides it for good, also when a directory comes again',
  async (form) => {
    const lower = [directory('d'), file('d/old')];
    const again = await stacked(form, lower, [file('d'), directory('d'), file('d/new')]);
    expect(shown(again)).toEqual(['d', 'd/new']);
    const later = await stacked(form, lower, [file('d')], [directory('d')]);
    expect(shown(later)).toEqual(['d']);
  },
);

test.each(forms)('%s: the last of several entries of one name holds', async (form) => {
  const stack = await stacked(form, [
    ...[file('a', 'first'), file('a', 'second'), directory('b'), file('b/x'), symlink('b', 'a')],
    ...[symlink('c', 'a'), file('c', 'third')],
  ]);
  const tree = describeTree(stack.top);
  expect([tree.a?.content, tree.b?.link, tree.c?.content]).toEqual(['second', 'a', 'third']);
});

test.each(forms)(
  '%s: links on the way are followed, in lower layers too, and stay in the root',
  async (form) => {
    const stack = await stacked(
      form,
      [
        ...[directory('usr/bin', { mode: 0o711 }), symlink('bin', 'usr/bin'), symlink('abs', '/usr/bin')],
        ...[symlink('out', '../../../../usr'), symlink('dangling', 'later/made')],
      ],
      [file('bin/a'), file('abs/b'), file('out/bin/c'), file('dangling/d'), symlink('x', 'bin'), file('x/e')],
      [file('bin/.wh.a', ''), hardlink('h', 'x/b')],
    );
    const tree = stack.shown((top) => describeTree(top));
    expect(Object.keys(tree).filter((path) => tree[path]?.type === 'file')).toEqual([
      ...['h', 'later/made/d', 'usr/bin/b', 'usr/bin/c', 'usr/bin/e'],
    ]);
    expect(tree['usr/bin']?.mode).toBe('711');
    expect(tree.bin?.type).toBe('symlink');
  },
);

test.each(forms)('%s: a hardlink reaches what only a lower layer has', async (form) => {
  const stack = await stacked(
    form,
    [
      directory('d', { mode: 0o700, uid: 5, mtime: 3 }),
      file('d/f', 'content', { mode: 0o4755, uid: 6, records: { 'SCHILY.xattr.user.x': 'y' } }),
      symlink('d/l', 'f'),
    ],
    [hardlink('h', 'd/f'), hardlink('hl', '/d/l')],
  );
  const tree = stack.shown((top) => describeTree(top));
  expect(tree['d/f']).toEqual({
    ...{
      type: 'file',
      mode: '4755',
      owner: '6:0',
      mtime: '1000000000000000000',
      size: 7,
      content: 'content',
    },
    xattrs: { 'user.x': Buffer.from('y').toString('hex') },
  });
  expect(tree.h).toEqual({ ...tree['d/f'], same: 'd/f' });
  expect(tree.hl).toMatchObject({ type: 'symlink', same: 'd/l' });
  expect(tree.d).toMatchObject({ mode: '700', owner: '5:0', mtime: '3000000000' });
});

test.each(forms)(
  '%s: a directory that the tar does not name has the metadata of the one below',
  async (form) => {
    const below = { mode: 0o2751, uid: 3, gid: 4, mtime: 9, records: { 'SCHILY.xattr.user.x': 'y' } };
    const stack = await stacked(form, [directory('a', below), directory('a/b', below)], [file('a/b/c/d')]);
    const tree = stack.shown((top) => describeTree(top));
    const { type, mode, owner, mtime, xattrs } = tree['a/b'] ?? {};
    expect({ type, mode, owner, mtime, xattrs }).toEqual({
      ...{ type: 'directory', mode: '2751', owner: '3:4', mtime: '9000000000' },
      xattrs: { 'user.x': Buffer.from('y').toString('hex') },
    });
    expect(tree.a).toEqual(tree['a/b']);
    expect(tree['a/b/c']).toEqual({
      ...{ type: 'directory', mode: '755', owner: '0:0', mtime: '1000000000000000000' },
    });
  },
);

test.each(forms)('%s: the root has what the tar says of it, else what it has below', async (form) => {
  const stack = await stacked(form, [directory('./', { mode: 0o711, uid: 5, mtime: 6 })], [file('a')]);
  const root = { type: 'directory', mode: '711', owner: '5:0', mtime: '6000000000' };
  expect(stack.shown((top) => describeTree(top)[''])).toEqual(root);
  expect(describeTree(stack.top)['']).toEqual(root);
});

test.each(forms)(
  '%s: neither set-group-ID directories, access lists nor the umask have influence',
  async (form) => {
    const acl = Buffer.from(
      '0200000001000700ffffffff02000700e8030000040007 00ffffffff10000700ffffffff20000700ffffffff'.replace(
        ' ',
        '',
      ),
      'hex',
    );
    const before = process.umask(0o777);
    try {
      const stack = await stacked(
        form,
        [
          directory('d', {
            mode: 0o2775,
            gid: 50,
            records: { 'SCHILY.xattr.system.posix_acl_default': acl },
          }),
          file('d/f', '', { mode: 0o666 }),
        ],
        [file('d/g', '', { mode: 0o666 }), directory('d/e', { mode: 0o777 }), fifo('d/p'), file('i/j', '')],
      );
      const tree = stack.shown((top) => describeTree(top));
      expect(tree.d?.xattrs).toEqual({ 'system.posix_acl_default': acl.toString('hex') });
      for (const [path, mode] of Object.entries({ f: '666', g: '666', e: '777', p: '644' }))
        expect(tree[`d/${path}`]).toMatchObject({ mode, owner: '0:0' });
      expect(Object.values(tree).filter(({ xattrs }) => xattrs !== undefined)).toHaveLength(1);
      expect(tree.i?.mode).toBe('755');
    } finally {
      process.umask(before);
    }
  },
);

test.each(forms)('%s: what is in a directory that nobody may read is unpacked', async (form) => {
  const stack = await stacked(
    form,
    [directory('d', { mode: 0 }), file('d/f', 'x', { mode: 0 })],
    [file('d/g')],
  );
  const tree = stack.shown((top) => describeTree(top));
  expect([tree.d?.mode, tree['d/f']?.mode, tree['d/g']?.content]).toEqual(['0', '0', 'd/g']);
});

test.each(forms)('%s: attributes that steer overlay, or that Linux has not, are left out', async (form) => {
  const records = {
    'SCHILY.xattr.trusted.overlay.redirect': '/d',
    'SCHILY.xattr.trusted.overlay.opaque': 'y',
    'SCHILY.xattr.user.overlay.opaque': 'y',
    'SCHILY.xattr.trusted.overlay.whiteout': 'y',
    'SCHILY.xattr.com.apple.provenance': '1',
    'SCHILY.xattr.trusted.other': 'kept',
  };
  const stack = await stacked(
    form,
    [directory('d'), file('d/old')],
    [directory('d', { records }), file('f', '', { records })],
  );
  const tree = describeTree(stack.top);
  const kept = { 'trusted.other': Buffer.from('kept').toString('hex') };
  expect([tree.d?.xattrs, tree.f?.xattrs]).toEqual([kept, kept]);
  expect(shown(stack)).toEqual(['d', 'd/old', 'f']);
});

test('holes take no room, also when they are all, and when they are the end', async () => {
  const size = 64 * 1024 * 1024;
  const sparse = (path: string, map: string, content: string): MadeEntry =>
    file(path, content, {
      records: {
        'GNU.sparse.major': '0',
        'GNU.sparse.minor': '1',
        'GNU.sparse.size': String(size),
        'GNU.sparse.map': map,
      },
    });
  const stack = await stacked('overlay', [
    sparse('middle', `${size / 2},5`, 'bytes'),
    sparse('end', `${size - 5},5`, 'bytes'),
    sparse('nothing', '', ''),
  ]);
  for (const [name, offset] of [
    ['middle', size / 2],
    ['end', size - 5],
    ['nothing', -1],
  ] as const) {
    const path = join(stack.top, name);
    const stats = statSync(path);
    expect(stats.size).toBe(size);
    expect(stats.blocks * 512).toBeLessThan(64 * 1024);
    expect(readFileSync(path).indexOf('bytes')).toBe(offset);
  }
});

test('whiteouts of the overlay form stand only where they hide something', async () => {
  const stack = await stacked(
    'overlay',
    [directory('d'), file('d/f'), directory('e'), file('e/f')],
    [
      file('d/.wh.f', ''),
      file('d/.wh.other', ''),
      file('e/.wh.f', ''),
      file('e/.wh..wh..opq', ''),
      file('x/.wh.y', ''),
    ],
  );
  const tree = describeTree(stack.top);
  expect(Object.keys(tree)).toEqual(['', 'd', 'd/f', 'e']);
  expect(tree['d/f']?.type).toBe('whiteout');
  expect(tree.e?.xattrs).toEqual({ 'trusted.overlay.opaque': Buffer.from('y').toString('hex') });
});

test('what a filesystem refuses is an error of storage that names the entry', async () => {
  const stack = new Stack('overlay');
  const records = { 'SCHILY.xattr.user.of': 'a device, which can have none' };
  expect(await refusal(stack.add(madeTar({ ...fifo('d/p'), records })))).toBe(
    'SC_STORAGE_FAILED: unpack "d/p": extended attribute "user.of": setxattr: EPERM',
  );
});

test.each([
  ['blocks', 'size=1m', [file('big', Buffer.alloc(3_000_000, 'x'))], 'unpack "big": write: ENOSPC'],
  ['inodes', 'nr_inodes=4', ['a', 'b', 'c', 'd'].map((path) => file(path)), 'unpack "d": openat: ENOSPC'],
])('a disk without %s is an error of storage that names the entry', async (_, option, entries, message) => {
  const small = join(base(), 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', option, 'tmpfs', small]);
  try {
    const place = { directory: small, form: 'overlay', lower: [] } as const;
    expect(await refusal(unpackLayer(inChunks(madeTar(entries)), place))).toBe(
      `SC_STORAGE_FAILED: ${message}`,
    );
  } finally {
    execFileSync('umount', [small]);
  }
});

test('a directory that is not there is an error that names it, and no descriptor stays open', async () => {
  const before = readdirSync('/proc/self/fd').length;
  const place = { directory: join(base(), 'nothing'), form: 'overlay', lower: [] } as const;
  await expect(unpackLayer(inChunks(madeTar()), place)).rejects.toThrow('ENOENT');
  mkdirSync(place.directory);
  const withLower = { ...place, lower: [join(base(), 'nowhere')] };
  await expect(unpackLayer(inChunks(madeTar()), withLower)).rejects.toThrow('ENOENT');
  await expect(unpackLayer(inChunks(madeTar(file('a'), file('../b'))), place)).rejects.toThrow(
    'its path has ".."',
  );
  await expect(unpackLayer(inChunks(madeTar(file('a')).subarray(0, 514)), place)).rejects.toThrow('cut off');
  expect(readdirSync('/proc/self/fd').length).toBe(before);
});

test('a name of other languages in a directory of many layers takes its place', async () => {
  const layers = Array.from({ length: 12 }, (_, layer) => [
    directory('d'),
    file(`d/${layer}`),
    file('d/ü', `${layer}`),
  ]);
  const stack = await stacked('overlay', ...layers);
  expect(shown(stack)).toHaveLength(14);
  expect(lstatSync(join(stack.top, 'd')).isDirectory()).toBe(true);
});
