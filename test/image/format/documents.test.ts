import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ScError } from '../../../src/errors/error.ts';
import {
  checkLayout,
  documentBytes,
  LARGEST_DOCUMENT,
  readConfig,
  readDockerArchive,
  readIndex,
  readManifest,
} from '../../../src/image/format/documents.ts';
import { textFlaw } from '../../../src/image/format/text-flaw.ts';
import { CONFIG, digest, INDEX, json, LAYER, MANIFEST } from '../../support/images.ts';

const descriptor = { mediaType: CONFIG, digest: digest('config'), size: 6 };
const layer = { mediaType: LAYER, digest: digest('layer'), size: 5 };
const manifest = { schemaVersion: 2, config: descriptor, layers: [layer] };
const index = { schemaVersion: 2, manifests: [{ ...descriptor, mediaType: MANIFEST }] };
const config = {
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: [digest('layer')] },
};

const bad = (message: string) => expect.objectContaining({ code: 'SC_BAD_IMAGE', message });

describe('an image manifest', () => {
  const read = (value: unknown, mediaType?: string) => readManifest(json(value), 'it', mediaType);

  test('is read with what it has of its own', () => {
    const odd = {
      ...manifest,
      mediaType: MANIFEST,
      annotations: null,
      subject: descriptor,
      layers: [{ ...layer, urls: ['x'] }],
    };
    expect(read(odd, MANIFEST)).toEqual(odd);
  });

  test.each([
    [{ ...manifest, schemaVersion: 1 }, '"schemaVersion" is 1: it has to be 2'],
    [{ ...manifest, config: undefined }, 'it has no "config"'],
    [{ ...manifest, layers: undefined }, 'it has no "layers"'],
    [{ ...manifest, layers: null }, '"layers" is null: it must be array'],
    [{ ...manifest, layers: [{ ...layer, size: -1 }] }, '"layers.0.size" is -1: it must be >= 0'],
    [{ ...manifest, layers: [{ ...layer, size: 1.5 }] }, '"layers.0.size" is 1.5: it must be integer'],
    [
      { ...manifest, layers: [{ ...layer, size: 2 ** 60 }] },
      `"layers.0.size" is ${2 ** 60}: it must be <= 9007199254740991`,
    ],
    [{ ...manifest, layers: [{ ...layer, mediaType: undefined }] }, '"layers.0" has no "mediaType"'],
    [[], 'it is []: it must be object'],
    [null, 'it is null: it must be object'],
  ])('%j is refused', (value, why) => {
    expect(() => read(value)).toThrow(bad(`read it: ${why}`));
  });

  test.each([
    [`sha512:${'a'.repeat(128)}`, 'sha512 is not supported, only sha256'],
    ['sha256:../../../etc/passwd', 'a digest is "sha256:" and 64 hex digits'],
    [`sha256:${'A'.repeat(64)}`, 'a digest is "sha256:" and 64 hex digits'],
    [`sha256:${'a'.repeat(63)}`, 'a digest is "sha256:" and 64 hex digits'],
    [`sha256:${'a'.repeat(64)}\n`, 'a digest is "sha256:" and 64 hex digits'],
    ['a'.repeat(64), 'a digest is "sha256:" and 64 hex digits'],
    ['', 'a digest is "sha256:" and 64 hex digits'],
  ])('the digest %j is refused', (text, why) => {
    const value = { ...manifest, layers: [{ ...layer, digest: text }] };
    expect(() => read(value)).toThrow(bad(`read it: "layers.0.digest" is ${JSON.stringify(text)}: ${why}`));
  });
});

/** CVE-2021-41190: the same bytes are one thing to one reader and another to the next. */
describe('confusion', () => {
  test.each([
    ['both parts', { ...manifest, ...index }, undefined, 'it has "layers" and "manifests"'],
    ['an index in its place', index, undefined, 'it has "manifests" in place of "layers"'],
    [
      'another word for itself',
      { ...manifest, mediaType: INDEX },
      MANIFEST,
      `it says that it is "${INDEX}", and what refers to it "${MANIFEST}"`,
    ],
    [
      'no word for itself',
      { ...manifest, mediaType: 2 },
      MANIFEST,
      `it says that it is 2, and what refers to it "${MANIFEST}"`,
    ],
    [
      'a twin of a word in a layer',
      { ...manifest, layers: [{ ...layer, Digest: digest('evil') }] },
      undefined,
      'it has "Digest", which is another word to other readers',
    ],
    [
      'a twin of a word in its config',
      { ...manifest, config: { ...descriptor, SIZE: 1 } },
      undefined,
      'it has "SIZE", which is another word to other readers',
    ],
    [
      'a twin of a word',
      { ...manifest, Manifests: [] },
      undefined,
      'it has "Manifests", which is another word to other readers',
    ],
  ])('an image manifest with %s is refused', (_, value, mediaType, why) => {
    expect(() => readManifest(json(value), 'it', mediaType)).toThrow(bad(`read it: ${why}`));
  });

  test.each([
    ['both parts', { ...manifest, ...index }, undefined, 'it has "manifests" and "layers"'],
    ['an image manifest in its place', manifest, undefined, 'it has "layers" in place of "manifests"'],
    ['a config', { ...index, config: descriptor }, undefined, 'it has "manifests" and "config"'],
    [
      'another word for itself',
      { ...index, mediaType: MANIFEST },
      INDEX,
      `it says that it is "${MANIFEST}", and what refers to it "${INDEX}"`,
    ],
  ])('an index with %s is refused', (_, value, mediaType, why) => {
    expect(() => readIndex(json(value), 'it', mediaType)).toThrow(bad(`read it: ${why}`));
  });
});

describe('a config', () => {
  const read = (value: unknown) => readConfig(json(value), 'it');

  test('is read as docker and others write it, null and unknown members among them', () => {
    const odd = {
      ...config,
      created: null,
      container: 'abc',
      docker_version: '20.10',
      'os.features': ['win32k'],
      config: {
        Cmd: null,
        Env: null,
        Labels: null,
        Volumes: { '/data': {} },
        OnBuild: null,
        AttachStdin: false,
        Healthcheck: null,
      },
      history: [
        { created: '2024-05-01T12:00:00Z', created_by: '/bin/sh -c #(nop)', empty_layer: true, unknown: 1 },
      ],
    };
    expect(read(odd)).toEqual(odd);
    expect(read({ ...config, rootfs: { type: 'layers' } }).rootfs.diff_ids).toBeUndefined();
  });

  test.each([
    [{ ...config, architecture: undefined }, 'it has no "architecture"'],
    [{ ...config, architecture: '' }, '"architecture" is "": it must NOT have fewer than 1 characters'],
    [{ ...config, os: undefined }, 'it has no "os"'],
    [{ ...config, rootfs: undefined }, 'it has no "rootfs"'],
    [
      { ...config, rootfs: { ...config.rootfs, type: 'layers+base' } },
      '"rootfs.type" is "layers+base": it has to be "layers"',
    ],
    [
      { ...config, rootfs: { type: 'layers', diff_ids: ['sha256:..'] } },
      '"rootfs.diff_ids.0" is "sha256:..": a digest is "sha256:" and 64 hex digits',
    ],
    [{ ...config, config: { Env: [1] } }, '"config.Env.0" is 1: it must be string'],
  ])('%j is refused', (value, why) => {
    expect(() => read(value)).toThrow(bad(`read it: ${why}`));
  });
});

test('what is too large or no text of JSON is refused before it is looked at', () => {
  const large = Buffer.alloc(LARGEST_DOCUMENT + 1, ' ');
  expect(() => readConfig(large, 'it')).toThrow(
    bad('read it: it has 4194305 bytes, and 4194304 are allowed'),
  );
  for (const text of ['', '{', '{}{}', '\uFEFF{}', "{'a':1}"])
    expect(() => readConfig(Buffer.from(text), 'it')).toThrow(bad('read it: it is no JSON'));
  expect(() => readConfig(Buffer.from([0x22, 0xff, 0x22]), 'it')).toThrow(bad('read it: it is no JSON'));
  const deep = Buffer.from('['.repeat(LARGEST_DOCUMENT));
  expect(() => readManifest(deep, 'it')).toThrow(bad('read it: it is no JSON'));
});

describe('a key that stands there twice', () => {
  const text = (value: object, more: string) => Buffer.from(JSON.stringify(value).replace(/}$/, `,${more}}`));

  test.each([
    ['layers', () => readManifest(text(manifest, '"layers":[]'), 'it')],
    ['layers', () => readManifest(text(manifest, '"l\\u0061yers" : []'), 'it')],
    ['manifests', () => readIndex(text(index, '"manifests":[]'), 'it')],
    ['os', () => readConfig(text(config, '"os":"linux"'), 'it')],
    ['Env', () => readConfig(text(config, '"config":{"Env":["A=1"],"Cmd":["{"],"Env":null}'), 'it')],
    ['a', () => readConfig(text(config, '"more":[{"a":1},[{"b":{"a":1},"a":2,"a":3}]]'), 'it')],
    ['Config', () => readDockerArchive(Buffer.from('[{"Config":"a","Config":"b","Layers":[]}]'), 'it')],
    [
      'imageLayoutVersion',
      () => checkLayout(text({ imageLayoutVersion: '1.0.0' }, '"imageLayoutVersion":""'), 'it'),
    ],
  ])('"%s" is refused', (key, read) => {
    expect(read).toThrow(bad(`read it: it has "${key}" twice, and readers differ over which counts`));
  });

  test('is none in another object, in a list or in a text', () => {
    const more = '"more":{"os":[{"os":"os"},{"os":"\\"os\\":,\\\\"}],"":{"":{}},"b":["os","os"]}';
    expect(() => readConfig(text(config, more), 'it')).not.toThrow();
  });

  test('a property: of what was written from a value there is none', () => {
    fc.assert(fc.property(fc.json(), (text) => textFlaw(text) === undefined));
  });

  test('nor is anything so deep that it could not be written again', () => {
    const deep = (depth: number) => `"more":${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(() => readConfig(text(config, deep(900)), 'it')).not.toThrow();
    for (const depth of [1001, 100_000])
      expect(() => readConfig(text(config, deep(depth)), 'it')).toThrow(
        bad('read it: it has more than 1000 lists and objects in one another'),
      );
  });

  test('is looked for in the largest documents, whatever they are', () => {
    const room = LARGEST_DOCUMENT - 200;
    for (const word of ['a', '\\\\', '\\"', '{', ':'])
      expect(textFlaw(`{"a":"${word.repeat(room / word.length)}","a":1}`)).toContain('"a" twice');
    expect(textFlaw(`${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`)).toBeUndefined();
  });
});

test('an index says of itself that it is one, or nothing', () => {
  expect(() => readIndex(json({ ...index, mediaType: undefined }), 'it')).not.toThrow();
  expect(() => readIndex(json({ ...index, mediaType: MANIFEST }), 'it')).toThrow(
    bad(`read it: it says that it is "${MANIFEST}", and it is an index`),
  );
});

test('a layout has the one version that there is', () => {
  expect(() => checkLayout(json({ imageLayoutVersion: '1.0.0', more: 1 }), 'it')).not.toThrow();
  expect(() => checkLayout(json({ imageLayoutVersion: '2.0.0' }), 'it')).toThrow(
    bad('read it: "imageLayoutVersion" is "2.0.0": it has to be "1.0.0"'),
  );
});

test("docker's list of images is read with names or without", () => {
  const list = [
    { Config: 'c.json', RepoTags: null, Layers: null, Parent: 'x' },
    { Config: 'd.json', RepoTags: ['a:b'], Layers: ['l'] },
  ];
  expect(readDockerArchive(json(list), 'it')).toEqual(list);
  expect(() => readDockerArchive(json([{ Layers: [] }]), 'it')).toThrow(bad('read it: "0" has no "Config"'));
  expect(() => readDockerArchive(json({}), 'it')).toThrow(bad('read it: it is {}: it must be array'));
});

test('whatever a document holds, it is read or refused in our words', () => {
  const readers = [readManifest, readIndex, readConfig, readDockerArchive];
  const members = fc.constantFrom(
    'schemaVersion',
    'config',
    'layers',
    'manifests',
    'rootfs',
    'os',
    '__proto__',
    'mediaType',
  );
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(2, descriptor, [layer], [descriptor], config.rootfs),
  );
  fc.assert(
    fc.property(fc.dictionary(members, values), fc.constantFrom(...readers), (value, read) => {
      try {
        expect(read(documentBytes(value), 'it')).toEqual(JSON.parse(JSON.stringify(value)));
      } catch (error) {
        expect(error).toBeInstanceOf(ScError);
      }
    }),
  );
});
