import { type CallName, numberOf } from './call-numbers.ts';

/** A question to the kernel from inside of a container, in the words that probe.c reads. */
export type Question = string;

export type QuestionArgument = number | Text | typeof buffer | typeof lastResult;

interface Text {
  readonly text: string;
}

/** Memory of the probe, whose bytes come back with the answer. */
export const buffer = 'b';
/** What the call before has answered. */
const lastResult = '$';

export const text = (value: string): Text => ({ text: value });

export interface Answer {
  /** Of the last call that was made: negative is an errno. */
  result: number;
  /** Which killed the process that asked. */
  signal?: number;
  /** What the kernel wrote into the buffer. */
  bytes: Buffer;
}

/** A system call by its name or number, as programs of 64 bits make it. */
export function call(name: CallName | number, ...args: QuestionArgument[]): Question {
  return worded('n', numberAs(name, process.arch), args);
}

/** The same call by the entry of 32-bit programs. */
export function call32(name: CallName | number, ...args: QuestionArgument[]): Question {
  return worded('i', numberAs(name, 'ia32'), args);
}

/** The same call by the numbers of x32. */
export function callX32(name: CallName | number, ...args: QuestionArgument[]): Question {
  return worded('x', numberAs(name, 'x64'), args);
}

/** Reads a file. */
export function read(path: string): Question {
  return `r s:${path}`;
}

/** Reads the target of a symbolic link. */
export function readLink(path: string): Question {
  return call('readlinkat', AT_FDCWD, text(path), buffer, 4096);
}

/** Reads the entries of a directory, for `entryNames`. */
export function list(path: string): Question {
  return inTurn(call('openat', AT_FDCWD, text(path), 0, 0), call('getdents64', lastResult, buffer, 65536));
}

/** Opens a file; the answer is a descriptor or an errno. */
export function open(path: string, flags: number): Question {
  return call('openat', AT_FDCWD, text(path), flags, 0);
}

/** How many threads there can be, up to `count`. */
export function threads(count: number): Question {
  return `t ${count}`;
}

/** One after the other in one process, until one fails. */
export function inTurn(...questions: Question[]): Question {
  return questions.join(' ; ');
}

export const AT_FDCWD = -100;

/** A number that no kernel has stands for a call that this processor does not have: the answer is ENOSYS. */
const NO_CALL = 9999;

function numberAs(name: CallName | number, processor: string): number | undefined {
  return typeof name === 'number' ? name : numberOf(name, processor);
}

function worded(
  kind: 'n' | 'i' | 'x',
  number: number | undefined,
  args: readonly QuestionArgument[],
): Question {
  const words = args.map((argument) =>
    typeof argument === 'object' ? `s:${argument.text}` : String(argument),
  );
  return [kind, number ?? NO_CALL, ...words].join(' ');
}

/**
 * The answers to these questions in what the probe has written. Throws where there are fewer, as when it was
 * killed.
 */
export function parseAnswers(questions: readonly Question[], output: Buffer): Map<Question, Answer> {
  const answers = new Map<Question, Answer>();
  let at = 0;
  for (const question of questions) {
    const end = output.indexOf('\n', at);
    const [, killed, result, size] = /^(k?)(-?\d+) (\d+)$/.exec(output.toString('latin1', at, end)) ?? [];
    const from = end + 1;
    const next = from + Number(size) + 1;
    if (end === -1 || result === undefined || next > output.length) {
      throw new Error(`the probe has answered ${answers.size} of ${questions.length} questions`);
    }
    const bytes = output.subarray(from, next - 1);
    answers.set(
      question,
      killed === 'k' ? { result: -1, signal: Number(result), bytes } : { result: Number(result), bytes },
    );
    at = next;
  }
  return answers;
}

/** Names in a directory, without `.` and `..` (struct linux_dirent64: its size at 16, the name from 19). */
export function entryNames({ bytes }: Answer): string[] {
  const names: string[] = [];
  for (let at = 0; at + 19 <= bytes.length; at += bytes.readUInt16LE(at + 16)) {
    const end = bytes.indexOf(0, at + 19);
    names.push(bytes.toString('utf8', at + 19, end));
  }
  return names.filter((name) => name !== '.' && name !== '..').sort();
}
