import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TarEntry } from '../../../src/image/tar/entry.ts';
import { collect } from './collected.ts';
import { fileEntry } from './entries.ts';
import { tarOf } from './tar-of.ts';

let workshop = '';

beforeAll(() => {
  workshop = mkdtempSync(join(tmpdir(), 'sc-tar-'));
});
afterAll(() => rmSync(workshop, { recursive: true }));

const NANOSECONDS = 1_000_000_000n;
const deep = `${'d'.repeat(100)}/${'e'.repeat(100)}`;
const long = `${deep}/${'f'.repeat(200)}`;

/** One of each that the writer has a form for. */
const given: { entry: TarEntry; content?: Buffer }[] = [
  directory('./'),
  directory(`${'d'.repeat(100)}/`),
  directory(`${deep}/`),
  file('plain', 'some text\n', { mode: 0o4711, mtime: 1_600_000_000n * NANOSECONDS }),
  file('empty', ''),
  file(long, 'a long path'),
  file(`${deep}/cut`, 'a path in two fields'),
  file(Buffer.from('bytes \xff\xfe\n', 'latin1'), 'a name of bytes'),
  file(Buffer.concat([Buffer.from(`${deep}/`), Buffer.alloc(150, 0xfe)]), 'a long name of bytes'),
  file('nanoseconds', 'x', { mtime: 1_600_000_000_123_456_789n }),
  file('owner', 'x', { uid: 3_000_000_000, gid: 4_000_000_000 }),
  file('attributes', 'x', {
    xattrs: new Map([
      ['user.bytes', Buffer.from('\0\xff\n=', 'latin1')],
      ['user.100%', Buffer.from('2')],
      ['security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')],
    ]),
  }),
  { entry: fileEntry('symlink', { type: 'symlink', link: Buffer.from('to/nowhere'), mode: 0o777 }) },
  { entry: fileEntry('far', { type: 'symlink', link: Buffer.alloc(300, 't'), mode: 0o777 }) },
  { entry: fileEntry('second', { type: 'hardlink', link: Buffer.from('plain') }) },
  { entry: fileEntry('third', { type: 'hardlink', link: Buffer.from(long) }) },
  { entry: fileEntry('fifo', { type: 'fifo' }) },
  { entry: fileEntry('character', { type: 'character', deviceMajor: 5, deviceMinor: 300 }) },
  { entry: fileEntry('block', { type: 'block', deviceMajor: 259, deviceMinor: 7 }) },
];

/**
 * What GNU tar reads as we do, and others not: to libarchive -1.5 is half a second before 1970, and Go knows no name of an
 * attribute with "=".
 */
const odd = [
  file('old', 'x', { mtime: -1_500_000_000n }),
  file('equals', 'x', { xattrs: new Map([['user.a=b', Buffer.from('1')]]) }),
];

function directory(path: string): { entry: TarEntry } {
  return { entry: fileEntry(path, { type: 'directory', mode: 0o1755 }) };
}

function file(path: string | Buffer, text: string, others: Partial<TarEntry> = {}) {
  const content = Buffer.from(text);
  return { entry: fileEntry(path, { size: content.length, mtime: 1n, ...others }), content };
}

/** What was unpacked, packed again by GNU tar, whose tars are known to be read right. */
function packedAgain(root: string) {
  const tar = execFileSync(
    'tar',
    ['--create', '--format=pax', '--xattrs', '--xattrs-include=*', '--directory', root, '.'],
    { maxBuffer: 2 ** 30 },
  );
  return new Map(
    collect(tar).map((entry) => [entry.path.toString('latin1').replace(/^\.\/|\/$/g, ''), entry]),
  );
}

/** Which of several hardlinks is the first does not matter, and times of directories are not the tar's alone. */
function expectSame(root: string, files = given): void {
  const seen = packedAgain(root);
  for (const { entry, content = Buffer.alloc(0) } of files) {
    const path = entry.path.toString('latin1').replace(/^\.\/|\/$/g, '');
    const found = seen.get(path);
    if (entry.type === 'hardlink' || found?.type === 'hardlink') {
      expect({ path, links: statSync(join(root, path)).nlink }).toEqual({ path, links: 2 });
      continue;
    }
    const { mtime, ...others } = entry;
    const times = entry.type === 'directory' ? {} : { mtime };
    expect({ ...found, path }).toMatchObject({ ...others, ...times, path, content });
  }
}

test('GNU tar unpacks what was written', () => {
  const files = [...given, ...odd];
  const root = mkdtempSync(join(workshop, 'gnu-'));
  const options = ['--extract', '--same-owner', '--same-permissions', '--xattrs', '--xattrs-include=*'];
  execFileSync('tar', [...options, '--directory', root], { input: tarOf(files), stdio: 'pipe' });
  expectSame(root, files);
});

test('bsdtar unpacks what was written', () => {
  const root = mkdtempSync(join(workshop, 'bsd-'));
  execFileSync('bsdtar', ['-x', '-p', '--xattrs', '--same-owner', '-f', '-', '-C', root], {
    input: tarOf(given),
    env: { ...process.env, LC_ALL: 'C' },
  });
  expectSame(root);
});

test('umoci, which reads tars as all of Go does, unpacks what was written', () => {
  const layout = join(workshop, 'layout');
  plantLayout(layout, tarOf(given));
  const bundle = join(workshop, 'bundle');
  execFileSync('umoci', ['unpack', '--image', `${layout}:tag`, bundle], { stdio: 'pipe' });
  expectSame(join(bundle, 'rootfs'));
});

/** An image of one layer. */
function plantLayout(layout: string, layer: Buffer): void {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const plant = (mediaType: string, content: Buffer | object) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(layout, 'blobs/sha256', hex), bytes);
    return {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      size: bytes.length,
      digest: `sha256:${hex}`,
    };
  };
  const tar = plant('layer.v1.tar', layer);
  const config = plant('config.v1+json', {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [tar.digest] },
  });
  const manifest = plant('manifest.v1+json', { schemaVersion: 2, config, layers: [tar] });
  const annotations = { 'org.opencontainers.image.ref.name': 'tag' };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

test.each(['pax', 'ustar', 'gnutar'])('what bsdtar packs as %s is read as GNU tar unpacks it', (format) => {
  const root = mkdtempSync(join(workshop, 'planted-'));
  execFileSync('tar', ['--extract', '--xattrs', '--xattrs-include=*', '--directory', root], {
    input: tarOf(given.filter(({ entry }) => format !== 'ustar' || isPlain(entry))),
    stdio: 'pipe',
  });
  const tar = execFileSync('bsdtar', ['-c', '--xattrs', '--format', format, '-f', '-', '-C', root, '.'], {
    maxBuffer: 2 ** 30,
    env: { ...process.env, LC_ALL: 'C' },
    stdio: 'pipe',
  });
  const expected = packedAgain(root);
  const entries = collect(tar);
  expect(entries).toHaveLength(expected.size);
  for (const { path, type, link, mtime, xattrs, ...others } of entries) {
    const name = path.toString('latin1').replace(/^\.\/|\/$/g, '');
    const found = expected.get(name);
    if (type === 'hardlink' || found?.type === 'hardlink') continue;
    const { path: _, type: __, link: ___, mtime: time = 0n, xattrs: attributes, ...same } = found ?? {};
    const whole = (time / NANOSECONDS) * NANOSECONDS;
    expect({ name, type, ...others }).toEqual({ name, type: found?.type, ...same });
    expect({ name, mtime }).toEqual({ name, mtime: format === 'pax' ? time : whole });
    if (type === 'symlink') expect(link).toEqual(found?.link);
    if (format === 'pax') expect({ name, xattrs }).toEqual({ name, xattrs: attributes });
  }
});

/** Whether a header alone can say it. */
function isPlain({ path, link, uid }: TarEntry): boolean {
  return path.length <= 100 && link.length <= 100 && uid < 2 ** 21;
}
