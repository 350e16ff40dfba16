import { type Line, type Problem, wordsOf } from '../../src/conformance/specification/page.ts';
import { RETIRED, type Specification } from '../../src/conformance/specification/specification.ts';
import {
  BEGINNING,
  ID,
  levelsIn,
  readStatement,
  type Statement,
} from '../../src/conformance/specification/statement.ts';

/** Letters in the middle of IDs: of an image and its layers, of operations, of what is about them, of the environment. */
const PREFIXES: readonly string[] = [
  ...['IMG', 'LAY'],
  ...['OPS', 'COPY', 'RUN', 'STOP', 'WAIT', 'COMMIT', 'ATTACH', 'DIFF'],
  ...['BAK', 'CNF'],
  ...['ROOT', 'ENV', 'ARG', 'NET', 'NS', 'RES', 'MON', 'LOG', 'SIG', 'TTY', 'SEC', 'MNT'],
];

/** Where a sentence stands in the specifications of the OCI: `layer.md: Whiteouts`, with the specification where it is not clear. */
const OCI = /^(?:(?:image|runtime|distribution)-spec\/)?[a-z-]+\.md(?:#[a-z0-9-]+)?: \S/;

/** What has to hold of statements and their IDs. All rules are checked. */
export function checkStatements(specification: Specification): Problem[] {
  return [checkForm, checkIds, checkNumbers, checkReferences, checkWords].flatMap((rule) =>
    rule(specification),
  );
}

function checkForm({ pages, statements, profiles, version }: Specification): Problem[] {
  const malformed = pages.flatMap(({ file, prose }) =>
    prose
      .filter((line) => isMalformed(file, line))
      .map(({ number }) => ({
        ...{ file, line: number },
        message: 'it is no statement: - `SC-XXX-001` (must, since 1.0, profile core) A sentence.',
      })),
  );
  const faults = statements.flatMap((statement) => {
    const { prefix, profile, since, oci, text } = statement;
    const has: (string | false)[] = [
      !PREFIXES.includes(prefix) && `"${prefix}" is no prefix of IDs`,
      !profiles.includes(profile) && `profile "${profile}" is not in the table of specs/conformance.md`,
      version !== undefined && isNewer(since, version) && `since ${since}, and this is version ${version}`,
      oci !== undefined && !OCI.test(oci) && `"${oci}" is no place of the OCI, such as "layer.md: Whiteouts"`,
      !text.endsWith('.') && 'the sentence has no full stop at its end',
    ];
    return at(statement, has);
  });
  const noVersion: Problem[] =
    version === undefined ? [{ file: 'specs/README.md', line: 0, message: 'no line "Version 1.0"' }] : [];
  return [...malformed, ...faults, ...noVersion];
}

function checkIds({ statements, retired }: Specification): Problem[] {
  const seen = new Map<string, Statement>();
  const homes = new Map<string, string>();
  return statements.flatMap((statement) => {
    const { id, prefix, file } = statement;
    const first = seen.get(id);
    if (first === undefined) seen.set(id, statement);
    const home = homes.get(prefix) ?? file;
    homes.set(prefix, home);
    return at(statement, [
      first !== undefined && `${id} is taken by ${first.file}:${first.line}`,
      Object.hasOwn(retired, id) && `${id} is retired (${RETIRED}), and never used again`,
      home !== file && `IDs of ${prefix} stand in ${home}`,
    ]);
  });
}

/** Without a gap, so that nobody takes a sentence away without a word: what is gone is retired. */
function checkNumbers({ statements, retired }: Specification): Problem[] {
  const used = new Set([...statements.map(({ id }) => id), ...Object.keys(retired)]);
  return statements.flatMap((statement) => {
    const { prefix, number, id } = statement;
    if (number === 0) return at(statement, [`${id}: numbers begin with 001`]);
    const before = `SC-${prefix}-${String(number - 1).padStart(3, '0')}`;
    return at(statement, [
      number > 1 && !used.has(before) && `there is no ${before}: one that is gone stands in ${RETIRED}`,
    ]);
  });
}

function checkReferences({ pages, statements, retired }: Specification): Problem[] {
  const known = new Set([...statements.map(({ id }) => id), ...Object.keys(retired)]);
  return pages.flatMap(({ file, prose }) =>
    prose
      .filter((line) => !isMalformed(file, line))
      .flatMap(({ number, text }) =>
        [...text.matchAll(ID)]
          .filter(([id]) => !known.has(id) && !/-0*$|-999$/.test(id))
          .map(([id]) => ({ file, line: number, message: `there is no ${id}` })),
      ),
  );
}

/** A level and its word are the same, and the words in capitals are for statements alone. */
function checkWords({ pages }: Specification): Problem[] {
  return pages.flatMap(({ file, prose }) =>
    prose.flatMap((line) => {
      const statement = readStatement(file, line);
      if (statement === undefined) {
        const isCapital = !BEGINNING.test(line.text) && levelsIn(wordsOf(line.text)).size > 0;
        return at({ file, line: line.number }, [isCapital && 'a word of RFC 2119 outside of a statement']);
      }
      const { level, text } = statement;
      const levels = [...levelsIn(wordsOf(text))];
      const isRight = levels.length === 1 && levels[0] === level;
      const found = levels.length === 0 ? 'no word of RFC 2119' : `the words of ${levels.join(' and ')}`;
      return at(statement, [!isRight && `its level is ${level}, and it has ${found}`]);
    }),
  );
}

function isMalformed(file: string, line: Line): boolean {
  return BEGINNING.test(line.text) && readStatement(file, line) === undefined;
}

function at(
  { file, line }: Pick<Problem, 'file' | 'line'>,
  messages: readonly (string | false)[],
): Problem[] {
  return messages.flatMap((message) => (message === false ? [] : [{ file, line, message }]));
}

function isNewer(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = than.split('.').map(Number);
  return major > otherMajor || (major === otherMajor && minor > otherMinor);
}
