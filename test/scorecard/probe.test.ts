import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProbe } from '../../scripts/build-stage.ts';
import { numberOf } from '../../src/scorecard/call-numbers.ts';
import { probeBytes } from '../../src/scorecard/probe/probe.ts';
import {
  call32,
  callX32,
  entryNames,
  list,
  parseAnswers,
  type Question,
  read,
  readLink,
  threads,
} from '../../src/scorecard/question.ts';
import { executed, processors } from '../support/processors.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-probe-'));
  for (const { processor } of processors)
    writeFileSync(join(directory, processor), probeBytes(processor), { mode: 0o700 });
});

afterAll(() => rmSync(directory, { recursive: true }));

test.each(processors)('the bytes for $processor that are shipped come from the source', ({ processor }) => {
  expect(probeBytes(processor).equals(buildProbe(processor))).toBe(true);
});

test('there is none for other processors', () => {
  expect(() => probeBytes('mips')).toThrow('there is no probe for mips yet');
});

function ask(target: (typeof processors)[number], questions: readonly Question[]) {
  const file = join(directory, 'questions');
  writeFileSync(file, `${questions.join('\n')}\n`);
  const [command, ...args] = executed(target, join(directory, target.processor));
  const { status, stdout } = spawnSync(command, [...args, file], { maxBuffer: 2 ** 24 });
  expect(status).toBe(0);
  const answers = parseAnswers(questions, stdout);
  return questions.map((question) => answers.get(question) ?? { result: Number.NaN, bytes: Buffer.alloc(0) });
}

describe.each(processors)('the probe on $processor', (target) => {
  const { processor } = target;
  const number = (name: Parameters<typeof numberOf>[0]) => numberOf(name, processor);

  test('reads files, whole ones too, and says which are not there', () => {
    const large = join(directory, 'large');
    writeFileSync(large, 'x'.repeat(50_000));
    const [release, whole, missing] = ask(target, [read('/etc/hostname'), read(large), read('/nowhere')]);
    expect(release?.bytes.toString()).toBe(readFileSync('/etc/hostname', 'utf8'));
    expect(whole?.bytes.toString()).toBe('x'.repeat(50_000));
    expect(missing).toMatchObject({ result: -2, bytes: Buffer.alloc(0) });
  });

  test('makes one call after the other until one fails, with texts, results and the buffer', () => {
    const [entries, failed] = ask(target, [
      `n ${number('openat')} -100 s:/etc 0 ; n ${number('getdents64')} $ b 65536`,
      `n ${number('openat')} -100 s:/nowhere 0 ; n ${number('getdents64')} $ b 65536`,
    ]);
    const names = entries === undefined ? [] : entryNames(entries);
    expect(readdirSync('/etc')).toEqual(expect.arrayContaining(names));
    expect(names).toContain('passwd');
    expect(failed?.result).toBe(-2);
  });

  test('outlives a question that is its end, and asks each in a process of its own', () => {
    const kill = processor === 'x64' ? 62 : 129;
    const getpid = processor === 'x64' ? 39 : 172;
    const [killed, changed, one, other] = ask(target, [
      `n ${getpid} ; n ${kill} 0 0 ; n ${getpid} ; n ${kill} $ 9`,
      `n ${number('chdir')} s:/etc`,
      `n ${number('readlinkat')} -100 s:/proc/self/cwd b 100`,
      `n ${getpid}`,
    ]);
    expect(killed).toMatchObject({ signal: 9, result: -1 });
    expect(changed?.result).toBe(0);
    expect(one?.bytes.toString()).toBe(process.cwd());
    expect(other?.result).toBeGreaterThan(1);
  });

  test('says ENOSYS to what it does not understand', () => {
    expect(ask(target, ['z 1 2 3'])).toMatchObject([{ result: -38 }]);
  });
});

describe('the probe here', () => {
  const own = processors.find(({ processor }) => processor === process.arch);
  const here = (...questions: Question[]) => (own === undefined ? [] : ask(own, questions));

  test('looks at links and directories', () => {
    const [link, entries] = here(readLink('/proc/self/exe'), list('/proc/self/fd'));
    expect(link?.bytes.toString()).toBe(join(directory, process.arch));
    // The look itself is one, and who runs the tests may have given us more.
    expect(entries && entryNames(entries)).toEqual(expect.arrayContaining(['0', '1', '2', '3']));
  });

  test('starts threads, as many as it is asked for', () => {
    expect(here(threads(50))).toMatchObject([{ result: 50 }]);
  });

  test('makes calls of 32 bits and of x32 where there are such, by numbers of their own', () => {
    const [ia32, x32] = here(call32('chdir', 0), callX32('chdir', 0));
    // EFAULT where the kernel has them, else ENOSYS or the signal of an unknown interrupt.
    expect([-14, -38]).toContain(ia32?.signal === undefined ? ia32?.result : -38);
    expect([-14, -38]).toContain(x32?.result);
  });
});
