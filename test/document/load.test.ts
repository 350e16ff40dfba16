// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a container file look like this.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadFile, parseDocuments } from '../../src/document/load.ts';
import { ScError } from '../../src/errors/error.ts';
import { InvalidFileError } from '../../src/errors/problem.ts';

const directory = mkdtempSync(join(tmpdir(), 'sc-load-'));
afterAll(() => rmSync(directory, { recursive: true }));

const nothing = { environment: {}, set: {} };
const job = [
  'apiVersion: standard-container/v1',
  'kind: Job',
  'metadata: { name: hello }',
  'image: host',
  'process: { args: [sh, -c, "echo hello"] }',
];

function fileOf(content: string | Uint8Array): string {
  const file = join(directory, 'container.yaml');
  writeFileSync(file, content);
  return file;
}

function problemsOf(text: string, variables: Parameters<typeof parseDocuments>[2] = nothing): unknown[] {
  try {
    parseDocuments(text, 'f', variables);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
  }
}

describe('loadFile', () => {
  test('answers every document with its value, its file and its places', async () => {
    const file = fileOf(`${job.join('\n')}\n---\n${job.join('\n').replace('hello', 'again')}\n`);
    const [first, second] = await loadFile(file, nothing);
    expect(first?.value).toEqual({
      apiVersion: 'standard-container/v1',
      kind: 'Job',
      metadata: { name: 'hello' },
      image: 'host',
      process: { args: ['sh', '-c', 'echo hello'] },
    });
    expect(second?.value.metadata.name).toBe('again');
    expect(second?.file).toBe(file);
  });

  test.each([
    ['a file that is not there', () => join(directory, 'none.yaml'), /none.yaml": there is no such file$/],
    ['a directory', () => directory, /": it is a directory$/],
    ['bytes of 0', () => fileOf('a\0b'), /a byte of it is 0$/],
    ['another encoding', () => fileOf(Buffer.from('# ä', 'latin1')), /it is no text in UTF-8$/],
    [
      'a file that is too large',
      () => fileOf('#'.repeat(1024 * 1024 + 1)),
      /it is larger than 1048576 bytes$/,
    ],
    ['a file without end', () => '/dev/zero', /it is larger than 1048576 bytes$/],
    ['a path through a file', () => join(fileOf(''), 'x'), /ENOTDIR$/],
  ])('%s is a bad file', async (_, file, message) => {
    const error = await loadFile(file(), nothing).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ScError);
    expect(error).toMatchObject({ code: 'SC_BAD_FILE', message: expect.stringMatching(message) });
  });
});

describe('places', () => {
  const [document] = parseDocuments(`${job.join('\n')}\nlabels:\n  "a.b": x\n`, 'f', nothing);

  test.each([
    ['kind', 2, 7],
    ['metadata', 3, 1],
    ['metadata.name', 3, 19],
    ['process.args', 5, 12],
    ['process.args[1]', 5, 23],
    ['labels["a.b"]', 7, 10],
  ])('%s stands at %d:%d', (path, line, column) => {
    expect(document?.locate(path)).toEqual({ line, column });
  });

  test.each([
    ['process.cwd', 5, 1],
    ['process.args[9]', 5, 12],
    ['labels["no]t\\"[.here"].deeper[0]', 6, 1],
    ['resources.pids', 1, 1],
    ['', 1, 1],
    ['[[[..', 1, 1],
  ])('%s is not there and is said to be where it would be', (path, line, column) => {
    expect(document?.locate(path)).toEqual({ line, column });
  });
});

describe('the text of a file', () => {
  test('may begin with a byte order mark, which is no column', () => {
    expect(problemsOf(`\ufeffkind: Job\nimage: [a]`)).toContain('2:1 image found a list');
    expect(problemsOf(`\ufeff${job.join('\n')}`)).toEqual([]);
  });

  test('may end its lines with carriage return and line feed', () => {
    const text = job.join('\r\n');
    expect(problemsOf(text)).toEqual([]);
    expect(problemsOf(`${text}\r\nrootfs: true\r\n`)).toEqual(['6:9 rootfs found true']);
  });

  test('may have no control character', () => {
    expect(problemsOf('kind: Job\nimage: a\u0007b')).toEqual(['2:9  found the control character U+0007']);
    expect(problemsOf('kind: Job\rimage: a')).toEqual(['1:10  found a carriage return without a line feed']);
  });

  test.each(['', '\n', '# only a comment\n', '\ufeff'])('%j has no document', (text) => {
    expect(problemsOf(text)).toEqual(['1:1  found no documents']);
  });

  test('may have a thousand documents and no more', () => {
    expect(problemsOf('--- 1\n'.repeat(1001))).toEqual(['1:1  found 1001 documents']);
  });

  test('is YAML 1.2, whatever it says', () => {
    expect(problemsOf(`%YAML 1.2\n---\n${job.join('\n')}`)).toEqual([]);
    expect(problemsOf(`%YAML 1.1\n---\n${job.join('\n')}`)).toEqual(['1:1  found YAML 1.1']);
  });
});

describe('problems', () => {
  test('are those of all documents, in the order of the file', () => {
    const text = 'kind: Volume\napiVersion: v\n---\nkind: Job\nmetadata: { name: "é" }\nx: 1\n';
    expect(problemsOf(text)).toEqual([
      '1:1  missing key "metadata"',
      '2:13 apiVersion found "v"',
      '4:1  missing key "apiVersion"',
      '4:1  missing key "image"',
      '5:19 metadata.name found "é"',
      '6:1 x unknown key "x"',
    ]);
  });

  test('come with the text, so that a terminal can show the lines', () => {
    try {
      parseDocuments('kind: Job', 'f', nothing);
    } catch (error) {
      expect(error).toMatchObject({ code: 'SC_BAD_FILE', message: 'f: 3 problems', text: 'kind: Job' });
    }
    expect.assertions(1);
  });

  test('a key that every object has is a key like any other', () => {
    const text = `${job.join('\n')}\nenvironment: { __proto__: a, constructor: b, toString: c }\ntoString: 1\n`;
    expect(problemsOf(text)).toEqual(['7:1 toString unknown key "toString"']);
    const [document] = parseDocuments(text.replace(/toString: 1\n/, ''), 'f', nothing);
    const environment =
      document?.value.kind === 'Job' && 'environment' in document.value && document.value.environment;
    expect(Object.entries(environment || {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
    ]);
  });

  test('deep nesting is a problem and no crash', () => {
    expect(problemsOf('['.repeat(100_000))).not.toEqual([]);
    expect(problemsOf('a: '.repeat(50_000))).not.toEqual([]);
    expect(problemsOf(`kind: Job\nlabels: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).not.toEqual([]);
  });
});

describe('any text', () => {
  const words = fc.constantFrom(
    ...'apiVersion kind metadata name Job Container standard-container/v1 image host process args mounts'.split(
      ' ',
    ),
    ...': |- |> |? |{|}|[|]|,|\n|\n  |\n- |---\n|...\n|"|\'|| |>|&a |*a|!!str |!x|<<: |#|\t|%YAML 1.1\n|\r\n|${|}|$${|\\'.split(
      '|',
    ),
    ...'yes 0x1 1:2 null ~ 1e999 -0 .nan bind target /proc steps run resources rlimits 1Mi 10s __proto__'.split(
      ' ',
    ),
    ...['\0', '\u{feff}', '\ud800', '\u2028', '🙂', '\u0085'],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(words, { maxLength: 60 }).map((parts) => parts.join('')),
    fc.array(words, { maxLength: 60 }).map((parts) => `${job.join('\n')}\n${parts.join('')}`),
  );

  test('gives documents or an error of ours, and nothing else', () => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          return parseDocuments(text, 'f', { environment: { a: '1' }, set: {} }).length > 0;
        } catch (error) {
          if (!(error instanceof InvalidFileError)) throw error;
          return error.problems.every(({ line, column }) => line >= 1 && column >= 1);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('any value under any key of a container gives documents or problems in it', () => {
    const keys = fc.constantFrom(
      ...'metadata image rootfs process environment network namespaces resources monitor logging signals'.split(
        ' ',
      ),
      ...'terminal security mounts expect dependsOn labels steps kind source subnets size'.split(' '),
    );
    const values = fc.jsonValue({ maxDepth: 4 });
    const kinds = fc.constantFrom('Container', 'Job', 'Volume', 'Network', 'Image', 'Jop', 3);
    fc.assert(
      fc.property(kinds, fc.dictionary(keys, values), (kind, fields) => {
        // JSON is YAML, but for a name that both have to write in quotes.
        const text = JSON.stringify({ apiVersion: 'standard-container/v1', kind, ...fields });
        expect(() => parseDocuments(text, 'f', nothing)).toSatisfy((run: () => unknown) => {
          try {
            run();
            return true;
          } catch (error) {
            return error instanceof InvalidFileError;
          }
        });
      }),
      { numRuns: 1000, examples: [['Container', { kind: { toString: false } }]] },
    );
  });
});
