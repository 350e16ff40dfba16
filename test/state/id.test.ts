import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkName, isId, isName, newId, shortId } from '../../src/state/id.ts';

test('an ID is 64 hex digits, and never the same', () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(isId(id)).toBe(true);
});

test('the short form is its beginning', () => {
  const id = newId();
  expect(shortId(id)).toHaveLength(12);
  expect(id.startsWith(shortId(id))).toBe(true);
});

test.each(['web', 'Web-1', '0.web_', 'ab', 'a'.repeat(128)])('"%s" is a name', (name) => {
  expect(() => checkName(name)).not.toThrow();
});

test.each(['', 'a', '-web', '.web', '_web', 'a b', 'a/b', '..', 'wéb', 'web\n', 'a\0b', 'a'.repeat(129)])(
  '%j is no name',
  (name) => {
    expect(() => checkName(name)).toThrow(
      expect.objectContaining({
        code: 'SC_USAGE',
        message: `name a container ${JSON.stringify(name)}: it is no name`,
      }),
    );
  },
);

test('an ID is no name', () => {
  expect(isName(newId())).toBe(false);
});

test('no name can leave a directory', () => {
  fc.assert(fc.property(fc.string(), (text) => !isName(text) || !/[/\0]|^\.+$/.test(text)));
});
