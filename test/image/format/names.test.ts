import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainIds, digestOf, hexOf } from '../../../src/image/format/digest.ts';
import { fullName, nameOrNothing, otherMeaning } from '../../../src/image/format/name.ts';
import { fits, hostPlatform, parsePlatform, platformWords } from '../../../src/image/format/platform.ts';
import { parseImageReference } from '../../../src/plan/image-reference.ts';

test.each([
  ['web', 'web:latest'],
  ['web:1.0', 'web:1.0'],
  ['base/web', 'base/web:latest'],
  ['example.com/base/web:1.0', 'example.com/base/web:1.0'],
  ['localhost:5000/web', 'localhost:5000/web:latest'],
  ['[::1]:5000/web:V_1-a.b', '[::1]:5000/web:V_1-a.b'],
  ['Example.com/a__b/c-d.e', 'Example.com/a__b/c-d.e:latest'],
  [`web:${'a'.repeat(128)}`, `web:${'a'.repeat(128)}`],
])('the name %s is %s', (text, name) => {
  expect(fullName(text)).toBe(name);
});

test.each([
  ...[
    '',
    ':',
    'WEB',
    'web:',
    'web:.1',
    'web:-',
    '/web',
    'web/',
    'a//b',
    '../web',
    './web',
    '-web',
    'web.',
    'a..b',
  ],
  ...[
    'web:1:2',
    'web tag',
    'web\n',
    'wéb',
    `web:${'a'.repeat(129)}`,
    'a/'.repeat(130),
    'host:port/web',
    'web@sha256:0',
    'sha256',
    `sha256:${'a'.repeat(64)}`,
    'sha256:1.0',
    'a'.repeat(64),
    `${'0'.repeat(64)}:1.0`,
  ],
])('%j is no name', (text) => {
  expect(nameOrNothing(text)).toBeUndefined();
  expect(() => fullName(text)).toThrow(expect.objectContaining({ code: 'SC_USAGE' }));
});

test('a full name is its own full name, and says nothing that a path or a terminal would take otherwise', () => {
  const texts = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9./:_-]{1,40}$/));
  fc.assert(
    fc.property(texts, (text) => {
      const name = nameOrNothing(text);
      if (name === undefined) return;
      expect(fullName(name)).toBe(name);
      expect(name).toMatch(/^[a-zA-Z0-9[][a-zA-Z0-9.:/_\][-]*$/);
      expect(name.split('/')).not.toContain('..');
    }),
  );
});

test.each(['host', 'host:1', 'oci', 'oci:1', 'oci:1/x', 'archive:1', 'archive', 'archive:1/x:2'])(
  'no image is called %s, which leads to something else where one is used',
  (text) => {
    expect(nameOrNothing(text)).toBeDefined();
    expect(() => fullName(text)).toThrow(
      expect.objectContaining({
        code: 'SC_USAGE',
        message: expect.stringMatching(/"(host|oci:|archive:)" stands for/),
      }),
    );
  },
);

test('what an image may be called leads to that image, with its tag and without', () => {
  const words = fc.constantFrom('host', 'oci', 'archive', 'docker-archive', 'web', '1', ':', '/', '.', '-');
  const texts = fc.oneof(
    fc.array(words, { minLength: 1, maxLength: 6 }).map((some) => some.join('')),
    fc.stringMatching(/^[a-z0-9./:_-]{1,40}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const name = nameOrNothing(text);
      if (name === undefined || otherMeaning(name) !== undefined) return;
      for (const reference of [text, name, name.replace(/:latest$/, '')])
        expect(parseImageReference(reference, '/')).toEqual({ kind: 'name', name: reference });
    }),
  );
});

test('a chainID is of a layer with those below it', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((text) => digestOf(Buffer.from(text)));
  const both = digestOf(Buffer.from(`${first} ${second}`));
  expect(chainIds([])).toEqual([]);
  expect(chainIds([`${first}`, `${second}`, `${third}`])).toEqual([
    first,
    both,
    digestOf(Buffer.from(`${both} ${third}`)),
  ]);
});

test('a digest is the name of a file, or refused', () => {
  expect(hexOf(digestOf(Buffer.from('a')))).toHaveLength(64);
  expect(() => hexOf('sha256:../../x')).toThrow(
    'use digest "sha256:../../x": a digest is "sha256:" and 64 hex digits',
  );
  expect(() => hexOf(`sha512:${'a'.repeat(128)}`)).toThrow('sha512 is not supported, only sha256');
});

test('platforms', () => {
  const arm = parsePlatform('linux/arm64');
  expect(fits({ os: 'linux', architecture: 'arm64', variant: 'v8' }, arm)).toBe(true);
  expect(fits({ os: 'linux', architecture: 'arm64' }, parsePlatform('linux/arm64/v8'))).toBe(true);
  expect(fits({ os: 'linux', architecture: 'arm', variant: 'v6' }, parsePlatform('linux/arm/v7'))).toBe(
    false,
  );
  expect(fits({ os: 'windows', architecture: 'arm64' }, arm)).toBe(false);
  expect(fits(hostPlatform(), hostPlatform())).toBe(true);
  expect(platformWords(parsePlatform('linux/arm/v7'))).toBe('linux/arm/v7');
  for (const text of ['', 'linux', 'linux/', 'linux/arm/v7/x', 'Linux/arm', '../arm'])
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'SC_USAGE' }));
});
