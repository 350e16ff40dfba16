// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a container file look like this.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/document/load.ts';
import { expandVariables } from '../../src/document/variables.ts';

const environment = { NAME: 'web', EMPTY: '', GONE: undefined };

describe('expandVariables', () => {
  const expand = (text: string, set = {}): string => expandVariables(text, { environment, set }).text;

  test.each([
    ['${NAME}', 'web'],
    ['a${NAME}b${NAME}', 'awebbweb'],
    ['${EMPTY}', ''],
    ['${EMPTY:-default}', 'default'],
    ['${GONE:-default}', 'default'],
    ['${NAME:-default}', 'web'],
    ['${UNSET:-}', ''],
    ['${UNSET:-a:-b $x {}', 'a:-b $x {'],
    ['${UNSET:-two\nlines}', 'two\nlines'],
    ['$${NAME}', '${NAME}'],
    ['$$${NAME}', '$${NAME}'],
  ])('%j becomes %j', (text, expanded) => {
    expect(expand(text)).toBe(expanded);
  });

  test.each(['$NAME', '$(hostname)', '$$', '$', 'a$', '$1', '{NAME}', '$ {NAME}', '$$NAME'])(
    '%j is for a shell inside and stays as it is',
    (text) => {
      expect(expand(text)).toBe(text);
    },
  );

  test('what is set goes before the environment', () => {
    expect(expand('${NAME}', { NAME: 'set' })).toBe('set');
    expect(expand('${NAME:-default}', { NAME: '' })).toBe('default');
  });

  test('names that every object has are not set', () => {
    expect(expandVariables('${toString}', { environment, set: {} }).complaints).toHaveLength(1);
  });

  test('a value is never read again', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const { text, complaints } = expandVariables('<${X}>', { environment: { X: value }, set: {} });
        return text === `<${value}>` && complaints.length === 0;
      }),
    );
    expect(expand('${X}', { X: '${NAME}' })).toBe('${NAME}');
  });

  test('a text without ${ stays as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('${')),
        (text) => expand(text) === text,
      ),
    );
  });
});

describe('variables in a file', () => {
  const head = 'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: hello }\nimage: app\n';
  const read = (text: string, value: string): unknown => {
    const [document] = parseDocuments(head + text, 'f', { environment: {}, set: { X: value } });
    return document?.value;
  };

  test('what a variable holds never changes what else the file says', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
        (value) => {
          expect(read('environment:\n  A: ${X}\n  B: "${X}"\n  C: |\n    ${X}\n', value)).toEqual({
            apiVersion: 'standard-container/v1',
            kind: 'Job',
            metadata: { name: 'hello' },
            image: 'app',
            environment: { A: value, B: value, C: `${value}\n` },
          });
        },
      ),
    );
  });

  test.each(['yes', 'null', '~', '22:22', '0755', '1', 'true', '', '[a]', '*x', '# c'])(
    'a variable that holds %j is text where text is wanted',
    (value) => {
      expect(read('environment:\n  A: ${X}\n', value)).toMatchObject({ environment: { A: value } });
    },
  );

  test('a variable alone and without quotes is a number, true or false where that is wanted', () => {
    expect(read('resources:\n  pids: ${X}\n', '12')).toMatchObject({ resources: { pids: 12 } });
    expect(read('resources:\n  pids: ${X}\n', 'unlimited')).toMatchObject({
      resources: { pids: 'unlimited' },
    });
    expect(read('resources:\n  cpus: ${X}\n', '1.5')).toMatchObject({ resources: { cpus: 1.5 } });
    expect(read('rootfs:\n  readOnly: ${X}\n', 'false')).toMatchObject({ rootfs: { readOnly: false } });
  });

  test.each(['', '0x10', '1e3', ' 1', '1 ', '01', '+1', '1.0', '99999999999999999999', 'null', '[1]'])(
    'a variable that holds %j is no whole number',
    (value) => {
      expect(() => read('resources:\n  pids: ${X}\n', value)).toThrow('1 problem');
    },
  );

  test('a variable in quotes is text everywhere', () => {
    expect(() => read('resources:\n  pids: "${X}"\n', '12')).toThrow('1 problem');
  });
});
