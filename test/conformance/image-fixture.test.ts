import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeArchive } from '../../src/conformance/image-fixture.ts';
import { tarOf } from '../../src/conformance/tar-fixture.ts';
import type { ImageArchive, TarEntry } from '../../src/schema/conformance-case.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fixture-'));
  mkdirSync(join(directory, 'rootfs'));
  writeFileSync(join(directory, 'rootfs/file'), 'text');
});
afterEach(() => rmSync(directory, { recursive: true }));

const listed = (entries: TarEntry[]) =>
  execFileSync('tar', ['--numeric-owner', '--full-time', '--utc', '-tvf', '-'], {
    input: tarOf(entries),
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
    .split(/\n/)
    // The column of the size becomes wider on the way.
    .map((line) => line.replace(/ +/g, ' '));

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function layout(archive: ImageArchive) {
  const place = join(directory, 'image');
  makeArchive(place, archive, join(directory, 'rootfs'));
  const blob = (digest: string) => readFileSync(join(place, 'blobs/sha256', digest.slice(7)));
  const index = JSON.parse(readFileSync(join(place, 'index.json'), 'utf8'));
  const manifest = JSON.parse(blob(index.manifests[0].digest).toString());
  return { place, blob, index, manifest, config: JSON.parse(blob(manifest.config.digest).toString()) };
}

test('another reader of tars sees what the entries say', () => {
  const long = `${'d'.repeat(90)}/${'f'.repeat(90)}`;
  expect(
    listed([
      { path: 'd', directory: true, mode: '1777' },
      { path: 'd/x', text: 'hello', mode: '4711', owner: '1234:70000', modified: 1_500_000_000 },
      { path: 'l', link: '../x' },
      { path: 'h', hardlink: 'd/x' },
      { path: 'c', character: '1:3' },
      { path: 'p', fifo: true },
      { path: long, bytes: 600, modified: '1500000000.25' },
      { path: 'wrong', pax: { path: 'right' } },
    ]),
  ).toEqual([
    'drwxrwxrwt 0/0 0 1970-01-01 00:00:00 d',
    '-rws--x--x 1234/70000 5 2017-07-14 02:40:00 d/x',
    'lrw-r--r-- 0/0 0 1970-01-01 00:00:00 l -> ../x',
    'hrw-r--r-- 0/0 0 1970-01-01 00:00:00 h link to d/x',
    'crw-r--r-- 0/0 1,3 1970-01-01 00:00:00 c',
    'prw-r--r-- 0/0 0 1970-01-01 00:00:00 p',
    `-rw-r--r-- 0/0 600 2017-07-14 02:40:00.25 ${long}`,
    '-rw-r--r-- 0/0 0 1970-01-01 00:00:00 right',
    '',
  ]);
});

test('a field stands as the case says it, and the sum fits all the same', () => {
  const header = tarOf([{ path: 'x', fields: { type: 'Z', uid: 'none' } }]);
  expect(header.toString('latin1', 108, 112)).toBe('none');
  const sum = Number.parseInt(header.toString('latin1', 148, 154), 8);
  header.fill(' ', 148, 156);
  expect(header.subarray(0, 512).reduce((total, byte) => total + byte, 0)).toBe(sum);
  expect(tarOf([{ path: 'x', fields: { checksum: '7' } }]).toString('latin1', 148, 150)).toBe('7\0');
});

test('an image is sound where nothing else is said of it', () => {
  const { blob, index, manifest, config } = layout({
    images: [{ name: 'web:1', layers: [{ tar: [{ path: 'x', text: 'a' }], compression: 'gzip' }] }],
  });
  expect(index.manifests[0].annotations).toEqual({ 'org.opencontainers.image.ref.name': 'web:1' });
  for (const { digest, size } of [index.manifests[0], manifest.config, ...manifest.layers]) {
    expect(digestOf(blob(digest))).toBe(digest);
    expect(blob(digest)).toHaveLength(size);
  }
  const [lowest, upper] = manifest.layers;
  expect(config.rootfs.diff_ids).toEqual([
    digestOf(blob(lowest.digest)),
    digestOf(gunzipSync(blob(upper.digest))),
  ]);
  expect(execFileSync('tar', ['-xO', './file'], { input: blob(lowest.digest) }).toString()).toBe('text');
});

test('what the case says of documents and bytes is so, and digests above it fit', () => {
  const { blob, index, manifest, config } = layout({
    images: [
      {
        base: false,
        layers: [{ tar: [{ path: 'x', text: 'a' }], cut: 100, behind: 'more', diffId: 'sha256:1' }],
        config: { os: null, 'config.Env': ['A=1'] },
        manifest: { 'layers[0].size': 5 },
        edit: { manifest: { '"schemaVersion"': '"SchemaVersion"' } },
      },
    ],
    index: { future: 1 },
  });
  expect(config).toMatchObject({ config: { Env: ['A=1'] }, rootfs: { diff_ids: ['sha256:1'] } });
  expect(config).not.toHaveProperty('os');
  expect(manifest).toMatchObject({ SchemaVersion: 2, layers: [{ size: 5 }] });
  expect(blob(manifest.layers[0].digest).toString('latin1')).toMatch(/\0more$/);
  expect(index).toMatchObject({ future: 1 });
  expect(digestOf(blob(index.manifests[0].digest))).toBe(index.manifests[0].digest);
});

test('words that are to be edited and are not there are an error', () => {
  expect(() => layout({ images: [{ edit: { config: { nothing: 'x' } } }] })).toThrow('has no nothing in it');
});

test('the members of a docker archive name one another', () => {
  const place = join(directory, 'image');
  makeArchive(place, { form: 'docker', images: [{ name: 'web:1' }] }, join(directory, 'rootfs'));
  const [image] = JSON.parse(readFileSync(join(place, 'manifest.json'), 'utf8'));
  expect(image.RepoTags).toEqual(['web:1']);
  expect(digestOf(readFileSync(join(place, image.Config)))).toBe(`sha256:${image.Config.slice(0, 64)}`);
  expect(readdirSync(place)).toHaveLength(3);
  expect(readFileSync(join(place, image.Layers[0])).length % 512).toBe(0);
});
