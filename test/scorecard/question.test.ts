import { expect, test } from 'vitest';
import { auditArchitectures } from '../../src/linux/seccomp/guard.ts';
import { findLibseccomp, loadLibseccomp } from '../../src/linux/seccomp/libseccomp.ts';
import { type CallName, callNames, numberOf } from '../../src/scorecard/call-numbers.ts';
import { entryNames, inTurn, parseAnswers, read, threads } from '../../src/scorecard/question.ts';

const library = loadLibseccomp(findLibseccomp());

test.each([
  ['x64', auditArchitectures.SCMP_ARCH_X86_64],
  ['arm64', auditArchitectures.SCMP_ARCH_AARCH64],
  ['ia32', auditArchitectures.SCMP_ARCH_X86],
] as const)('the numbers of %s are those that libseccomp knows', (processor, architecture) => {
  // libseccomp invents negative numbers for calls that a processor does not have.
  const known = (name: CallName) => {
    const number = library.resolveNameOn(architecture, name);
    // Of sockets it knows only the older call that stands for all of theirs.
    if (processor === 'ia32' && name === 'socket') return 359;
    return number === undefined || number < 0 ? undefined : number;
  };
  const table = (look: (name: CallName) => number | undefined) =>
    Object.fromEntries(callNames.map((name) => [name, look(name)]));
  expect(table((name) => numberOf(name, processor))).toEqual(table(known));
});

test('answers are read, with bytes that hold newlines', () => {
  const questions = [read('/a'), read('/b'), threads(1)];
  const answers = parseAnswers(questions, Buffer.from('3 3\na\nb\n-2 0\n\nk9 0\n\n'));
  expect([...answers.values()]).toEqual([
    { result: 3, bytes: Buffer.from('a\nb') },
    { result: -2, bytes: Buffer.alloc(0) },
    { result: -1, signal: 9, bytes: Buffer.alloc(0) },
  ]);
});

test.each(['', '3 3\na', '3 3\nabc\n', 'hello\n', '3 3\nabc\n0 9999\n'])(
  'fewer answers than questions are an error: %j',
  (output) => {
    expect(() => parseAnswers([read('/a'), read('/b')], Buffer.from(output))).toThrow(
      /the probe has answered \d of 2 questions/,
    );
  },
);

test('questions in turn are one', () => {
  expect(inTurn(read('/a'), threads(2))).toBe('r s:/a ; t 2');
});

test('names are read of what getdents64 answers', () => {
  const entry = (name: string) => {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt16LE(32, 16);
    bytes.write(name, 19);
    return bytes;
  };
  const bytes = Buffer.concat(['.', 'b', '..', 'a'].map(entry));
  expect(entryNames({ result: bytes.length, bytes })).toEqual(['a', 'b']);
});
