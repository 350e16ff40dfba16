import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from '../linux/constants.ts';
import { errnoName } from '../linux/libc.ts';
import type { Question as CaseQuestion } from '../schema/conformance-case.ts';
import { type CallName, callNames } from '../scorecard/call-numbers.ts';
import {
  type Answer,
  AT_FDCWD,
  buffer,
  call,
  call32,
  callX32,
  entryNames,
  list,
  parseAnswers,
  type Question,
  read,
  readLink,
  text,
} from '../scorecard/question.ts';

const flags: { readonly [name: string]: number } = {
  ...{ O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_PATH },
};

/** In the words of the probe. Throws for a call that it does not know. */
export function questionOf(asked: CaseQuestion): Question {
  if (asked.read !== undefined) return read(asked.read);
  if (asked.readLink !== undefined) return readLink(asked.readLink);
  if (asked.list !== undefined) return list(asked.list);
  if (asked.open !== undefined) {
    const how = (asked.flags ?? []).reduce((all, name) => all | (flags[name] ?? 0), 0);
    return call('openat', AT_FDCWD, text(asked.open), how, 0o644);
  }
  const [name = '', ...args] = asked.call ?? [];
  if (!isCall(name)) throw new Error(`the probe knows no system call "${name}"`);
  const words = args.map((argument) => {
    if (argument === '$buffer') return buffer;
    return typeof argument === 'number' ? argument : text(argument);
  });
  return entries[asked.entry ?? '64-bit'](name, ...words);
}

/** By which the kernel is entered. */
const entries = { '64-bit': call, '32-bit': call32, x32: callX32 } as const;

function isCall(name: string | number): name is CallName | number {
  return typeof name === 'number' || (callNames as readonly string[]).includes(name);
}

/** What the probe has answered, as expectations look at it. */
export function answersIn(asked: readonly CaseQuestion[], output: Buffer): { [name: string]: unknown }[] {
  const questions = asked.map(questionOf);
  const answers = parseAnswers(questions, output);
  return questions.map((question, index) => {
    const answer = answers.get(question);
    return answer === undefined ? {} : told(answer, asked[index]?.list !== undefined);
  });
}

function told(answer: Answer, isList: boolean): { [name: string]: unknown } {
  const { result, signal, bytes } = answer;
  return {
    result,
    errno: result < 0 && signal === undefined ? errnoName(-result) : null,
    ...(signal !== undefined && { signal }),
    text: bytes.toString().replace(/\0+$/, ''),
    ...(isList && { entries: entryNames(answer) }),
  };
}
