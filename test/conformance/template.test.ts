import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fill, fillKnown, namesIn } from '../../src/conformance/template.ts';
import { partsOf, valueAt, withValueAt } from '../../src/conformance/value-path.ts';

const name = Object.assign(new String('k1-main'), { other: 'k1-other' });

test('the whole of a text keeps its type, and a part of one becomes text', () => {
  const scope = { code: 3, list: [1], name, first: { exit: { code: 7 } } };
  expect(fill(['<<code>>', 'exit <<code>>', '<<list>>', '<<first.exit.code>>'], scope)).toEqual([
    3,
    'exit 3',
    [1],
    7,
  ]);
  expect(fill({ '<<name>>': '<<name.other>>' }, scope)).toEqual({ 'k1-main': 'k1-other' });
  expect(fill(['<<name>>', 'a <<name>>'], scope)).toEqual(['k1-main', 'a k1-main']);
});

test('what a shell has between such signs is left alone', () => {
  for (const text of ['cat <<EOF', 'a << 3 >> b', '$((1<<2))']) expect(fill(text, {})).toBe(text);
});

test('a place that nothing stands for is an error, or stays where that is asked for', () => {
  expect(() => fill('<<nothing>>', {})).toThrow('nothing stands for <<nothing>>');
  expect(fillKnown(['<<a>>', '<<b>>'], { a: 1 })).toEqual([1, '<<b>>']);
  expect([...namesIn({ a: ['<<b.c>>', 'x<<d>>'] })]).toEqual(['b', 'd']);
});

test.each([
  ['exit.code', ['exit', 'code']],
  ['answers[0].errno', ['answers', 0, 'errno']],
  ['labels["a.b"].c', ['labels', 'a.b', 'c']],
])('%s has parts', (path, parts) => {
  expect(partsOf(path)).toEqual(parts);
});

test.each(['', '[', 'a[b', 'a]'])('"%s" is no path', (path) => {
  expect(() => partsOf(path)).toThrow('is no path of a value');
});

test('what was put at a path is there, and nothing else is changed', () => {
  const key = fc.stringMatching(/^[a-z]{1,3}$/);
  fc.assert(
    fc.property(
      fc.dictionary(key, fc.integer()),
      fc.array(key, { minLength: 1, maxLength: 3 }),
      (map, keys) => {
        const before = { outer: map, list: [{ a: 1 }] };
        const path = `more.${keys.join('.')}`;
        const after = withValueAt(before, path, 'new');
        expect(valueAt(after, path)).toBe('new');
        expect(after).toMatchObject(before);
        expect(before).not.toHaveProperty('more');
      },
    ),
  );
});

test('null takes a value away, of a map or of a list', () => {
  const value = { list: [1, 2, 3], map: { a: 1, b: 2 } };
  expect(withValueAt(value, 'list[1]', null)).toEqual({ list: [1, 3], map: { a: 1, b: 2 } });
  expect(withValueAt(value, 'map.a', null)).toEqual({ list: [1, 2, 3], map: { b: 2 } });
});
