import { execFileSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collected, collect } from './collected.ts';

let workshop = '';

beforeAll(() => {
  workshop = mkdtempSync(join(tmpdir(), 'sc-tar-'));
});
afterAll(() => rmSync(workshop, { recursive: true }));

/** A directory with one of each. `names` that a format cannot hold are left out. */
function plant(name: string, { isLong = true, isNegative = true } = {}): string {
  const root = join(workshop, name);
  mkdirSync(root);
  const at = (path: string | Buffer) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path)]);
  writeFileSync(at('plain'), 'some text\n', { mode: 0o4711 });
  writeFileSync(at('empty'), '');
  writeFileSync(at('blocks'), Buffer.alloc(1024, 'b'));
  writeFileSync(at(Buffer.from('name \xff\xfe\n', 'latin1')), 'bytes');
  mkdirSync(at('directory'), { mode: 0o1777 });
  symlinkSync('to/nowhere', at('symlink'));
  linkSync(at('plain'), at('zweiter'));
  execFileSync('mkfifo', [at('fifo').toString()]);
  execFileSync('mknod', [at('character').toString(), 'c', '5', '300']);
  execFileSync('mknod', [at('block').toString(), 'b', '259', '7']);
  chownSync(at('empty'), 1234, 4321);
  if (isLong) {
    const deep = ['d'.repeat(90), 'e'.repeat(90), 'f'.repeat(90)].join('/');
    mkdirSync(at(deep), { recursive: true });
    writeFileSync(at(`${deep}/${'g'.repeat(120)}`), 'long');
    symlinkSync('t'.repeat(300), at('long'));
    chownSync(at('blocks'), 3_000_000_000, 4_000_000_000);
  }
  if (isNegative) utimesSync(at('empty'), -100, -100);
  return root;
}

/** What is the same on the disk and in a tar; nothing of sizes of directories. */
function expectedOf(root: string, { path, type }: Collected, seconds: boolean): Partial<Collected> {
  const file = Buffer.concat([Buffer.from(`${root}/`), path]);
  const { mode, uid, gid, size, mtimeNs, rdev } = lstatSync(file, { bigint: true });
  const major = Number((rdev >> 8n) & 0xfffn);
  const minor = Number((rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n));
  return {
    mode: Number(mode & 0o7777n),
    uid: Number(uid),
    gid: Number(gid),
    mtime: seconds ? (mtimeNs / 1_000_000_000n) * 1_000_000_000n : mtimeNs,
    size: type === 'file' ? Number(size) : 0,
    link: type === 'symlink' ? readlinkSync(file, 'buffer') : expect.any(Buffer),
    deviceMajor: major,
    deviceMinor: minor,
    content: type === 'file' ? readFileSync(file) : Buffer.alloc(0),
  };
}

function pack(root: string, ...options: string[]): Buffer {
  return execFileSync('tar', ['--create', '--sort=name', ...options, '--directory', root, '.'], {
    maxBuffer: 2 ** 30,
    env: { ...process.env, LC_ALL: 'C' },
  });
}

test.each([
  ['gnu', {}],
  ['oldgnu', {}],
  ['pax', {}],
  ['ustar', { isLong: false, isNegative: false }],
  ['v7', { isLong: false, isNegative: false }],
])('what GNU tar packs as %s is read as it is on the disk', (format, kinds) => {
  const root = plant(format, kinds);
  if (format === 'v7') for (const name of ['fifo', 'character', 'block']) rmSync(join(root, name));
  const entries = collect(pack(root, `--format=${format}`));
  const count = Number(execFileSync('sh', ['-c', 'find . -printf x | wc -c'], { cwd: root }));
  expect(entries).toHaveLength(count);
  for (const entry of entries) expect(entry).toMatchObject(expectedOf(root, entry, format !== 'pax'));
  const second = entries.find(({ type }) => type === 'hardlink');
  expect(second).toMatchObject({ path: Buffer.from('./zweiter'), link: Buffer.from('./plain') });
});

test.each([
  ['gnu', ''],
  ['oldgnu', ''],
  ['pax', '--sparse-version=0.0'],
  ['pax', '--sparse-version=0.1'],
  ['pax', '--sparse-version=1.0'],
])('a sparse file of GNU tar, format %s %s, has its content where it was', (format, version) => {
  const root = mkdtempSync(join(workshop, 'sparse-'));
  // More regions than fit into the header and the first block of its map.
  const file = openSync(join(root, 'many'), 'w');
  for (let turn = 0; turn < 60; turn++)
    writeSync(file, Buffer.alloc(4096, 65 + turn), 0, 4096, turn * 65_536);
  closeSync(file);
  truncateSync(join(root, 'many'), 8_000_001);
  writeFileSync(join(root, 'holes'), '');
  truncateSync(join(root, 'holes'), 100_000);
  writeFileSync(join(root, 'ends'), '');
  truncateSync(join(root, 'ends'), 1_000_000);
  const ends = openSync(join(root, 'ends'), 'r+');
  writeSync(ends, Buffer.from('the end'), 0, 7, 999_993);
  closeSync(ends);
  writeFileSync(join(root, 'none'), 'no holes');

  const tar = pack(root, `--format=${format}`, '--sparse', ...(version === '' ? [] : [version]));
  for (const sizes of [[tar.length], [511], [1000, 1]]) {
    const entries = collect(tar, sizes).filter(({ type }) => type === 'file');
    expect(entries.map(({ path }) => path.toString()).sort()).toEqual([
      './ends',
      './holes',
      './many',
      './none',
    ]);
    for (const { path, content, given } of entries) {
      const whole = readFileSync(join(root, path.toString()));
      expect(content.equals(whole)).toBe(true);
      if (path.toString() !== './none') expect(given).toBeLessThan(whole.length / 2);
    }
  }
});

test('extended attributes of GNU tar are read as bytes, by their names', () => {
  const root = mkdtempSync(join(workshop, 'xattrs-'));
  const file = join(root, 'file');
  writeFileSync(file, 'x');
  const values: Record<string, string> = {
    'user.plain': '0x616263',
    'user.bytes': '0x00ff0a3d20',
    'user.a=b': '0x01',
    'user.100%': '0x02',
    'user.ü': '0x03',
    'security.capability': '0x0100000200040000000000000000000000000000',
  };
  for (const [name, value] of Object.entries(values))
    execFileSync('setfattr', ['-n', name, '-v', value, file]);
  execFileSync('setfattr', ['-n', 'user.empty', file]);
  const entry = collect(pack(root, '--xattrs', '--xattrs-include=*')).find(({ type }) => type === 'file');
  const seen = Object.fromEntries(
    [...(entry?.xattrs ?? [])].map(([name, value]) => [name, `0x${value.toString('hex')}`]),
  );
  expect(seen).toMatchObject({ ...values, 'user.empty': '0x' });
});
