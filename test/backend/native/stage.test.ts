import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildStage } from '../../../scripts/build-stage.ts';
import { ProgramBuilder } from '../../../src/backend/native/program/builder.ts';
import { stageBytes } from '../../../src/backend/native/stage/stage.ts';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from '../../../src/linux/constants.ts';
import { sealedMemfd } from '../../../src/linux/memfd.ts';
import { syscallNumbers } from '../../../src/linux/syscalls.ts';
import { executed, processors } from '../../support/processors.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sc-test-stage-'));
  for (const { processor } of processors)
    writeFileSync(join(directory, processor), stageBytes(processor), { mode: 0o700 });
});

afterAll(() => rmSync(directory, { recursive: true }));

test.each(processors)('the bytes for $processor that are shipped come from the source', ({ processor }) => {
  expect(stageBytes(processor).equals(buildStage(processor))).toBe(true);
});

test.each(processors)(
  'on $processor it is one segment, read-only, without executable stack',
  ({ processor }) => {
    const elf = stageBytes(processor);
    const segments = Array.from({ length: elf.readUInt16LE(56) }, (_, index) => {
      const at = Number(elf.readBigUInt64LE(32)) + index * elf.readUInt16LE(54);
      return { type: elf.readUInt32LE(at), flags: elf.readUInt32LE(at + 4) };
    });
    expect(segments).toEqual([
      { type: 1, flags: 5 },
      { type: 0x6474e551, flags: 6 },
    ]);
  },
);

test('there is none for other processors', () => {
  expect(() => stageBytes('mips')).toThrow('the native backend does not run on mips yet');
});

describe.each(processors)('the walker on $processor', (target) => {
  const { processor } = target;
  const builder = () => new ProgramBuilder(syscallNumbers(processor));

  /** Walks a program; descriptor 3 is the program, 0 to 2 are ours. */
  function walk(program: Buffer, input = '') {
    const fd = sealedMemfd('program', program);
    const [command, ...args] = executed(target, join(directory, processor));
    try {
      return spawnSync(command, args, { stdio: ['pipe', 'pipe', 'pipe', fd], input });
    } finally {
      closeSync(fd);
    }
  }

  function exitCode(write: (p: ProgramBuilder) => void): number | null {
    const p = builder();
    write(p);
    return walk(p.finish().bytes).status;
  }

  test('passes integers, pointers and earlier results to system calls', () => {
    const p = builder();
    const buffer = p.space('buffer', 16);
    const length = p.call('read', 'read', 0, buffer, 16);
    p.call('write', 'write', 1, buffer, { result: length });
    p.call('exit', 'exit_group', { result: length });
    const { stdout, status } = walk(p.finish().bytes, 'seven b');
    expect(stdout.toString()).toBe('seven b');
    expect(status).toBe(7);
  });

  test('takes a file through a pipe', () => {
    const p = builder();
    const file = join(directory, `${processor}.txt`);
    writeFileSync(file, 'a line\n');
    const ends = p.space('pipe', 8);
    const buffer = p.space('buffer', 64);
    p.call('make a pipe', 'pipe2', ends, O_CLOEXEC);
    const opened = p.call('open', 'openat', AT_FDCWD, p.string(file), O_RDONLY | O_CLOEXEC);
    const length = p.call('read', 'read', { result: opened }, buffer, 64);
    p.call('into the pipe', 'write', { load: 32, from: ends, at: 4 }, buffer, { result: length });
    p.store('as another text', buffer, 0, 0x3f3f, 2);
    p.call('close its end', 'close', { load: 32, from: ends, at: 4 });
    const rest = p.call(
      'out of the pipe',
      'read',
      { load: 32, from: ends, at: 0 },
      { pointer: buffer, at: 2 },
      62,
    );
    p.call('write', 'write', 1, buffer, 9);
    p.call('exit', 'exit_group', { result: rest });
    const { stdout, status } = walk(p.finish().bytes);
    expect([stdout.toString(), status]).toEqual(['??a line\n', 7]);
  });

  test('relocates pointers inside of data', () => {
    const p = builder();
    const argv = p.strings('argv', ['/bin/sh', '-c', 'exit "$1"', 'sh', '42']);
    p.call('execute', 'execve', p.string('/bin/sh'), argv, p.strings('envp', []));
    expect(walk(p.finish().bytes).status).toBe(42);
  });

  test.each([
    ['always', 5, 9, true],
    ['equal', 5, 5, true],
    ['equal', 5, 6, false],
    ['not-equal', 5, 6, true],
    ['not-equal', 5, 5, false],
    ['less', -1, 0, true],
    ['less', 0, 0, false],
    ['less', 1, 0, false],
    ['mask', 6, 2, true],
    ['mask', 6, 1, false],
  ] as const)('jumps on "%s" of %i and %i: %s', (condition, left, right, jumps) => {
    const code = exitCode((p) => {
      const there = p.label('there');
      p.jump(there, condition, left, right);
      p.call('stay', 'exit_group', 1);
      p.place(there);
      p.call('jump', 'exit_group', 2);
    });
    expect(code).toBe(jumps ? 2 : 1);
  });

  test.each([
    [8, 0xef],
    [16, 0xbeef],
    [32, -0x21524111],
    [64, 0x1122_3344_dead_beefn],
  ] as const)('loads %i bits', (load, expected) => {
    const code = exitCode((p) => {
      const from = p.struct('data', [0, 8], [0x1122_3344_dead_beefn, 8]);
      const same = p.label('same');
      p.jump(same, 'equal', { load, from, at: 8 }, expected);
      p.call('differs', 'exit_group', 1);
      p.place(same);
      p.call('same', 'exit_group', 0);
    });
    expect(code).toBe(0);
  });

  test('stores as many bytes as asked for', () => {
    const code = exitCode((p) => {
      const word = p.struct('word', [0x1111_1111_1111_1111n, 8]);
      const same = p.label('same');
      p.store('store', word, 2, 0x2222_2222, 2);
      p.jump(same, 'equal', { load: 64, from: word, at: 0 }, 0x1111_1111_2222_1111n);
      p.call('differs', 'exit_group', 1);
      p.place(same);
      p.call('same', 'exit_group', 0);
    });
    expect(code).toBe(0);
  });

  test('writes no more of a field than its size', () => {
    const p = builder();
    const first = p.struct('first', [-1n, 4]);
    const second = p.space('second', 8);
    p.call('write', 'write', 1, first, 16);
    p.call('exit', 'exit_group', 0);
    expect(second.offset - first.offset).toBe(8);
    expect(walk(p.finish().bytes).stdout.toString('hex')).toBe(`ffffffff${'00'.repeat(12)}`);
  });

  test('goes on where a failure leads, and keeps which entry failed with what', () => {
    const p = builder();
    const failed = p.label('failed');
    p.failTo(failed);
    p.attempt('may fail', 'close', 99);
    p.call('close what is not open', 'close', 98);
    p.call('not reached', 'exit_group', 1);
    p.place(failed);
    p.call('report', 'write', 1, p.failure, 12);
    p.call('exit', 'exit_group', 0);
    const { stdout } = walk(p.finish().bytes);
    expect([stdout.readUInt32LE(0), stdout.readUInt32LE(4), stdout.readUInt32LE(8)]).toEqual([2, 1, 9]);
  });

  test('fails on purpose with an earlier result', () => {
    const p = builder();
    const failed = p.label('failed');
    p.failTo(failed);
    const result = p.attempt('open nothing', 'openat', -100, p.string('/nonexistent'), 0);
    p.fail('give up', { result });
    p.place(failed);
    p.call('report', 'write', 1, p.failure, 12);
    p.call('exit', 'exit_group', 0);
    expect(walk(p.finish().bytes).stdout.readUInt32LE(8)).toBe(2);
  });

  test('walks thousands of entries', () => {
    const code = exitCode((p) => {
      for (let i = 0; i < 20_000; i++) p.attempt('close', 'close', 1000);
      p.call('exit', 'exit_group', 3);
    });
    expect(code).toBe(3);
  });

  test('ends with 70 without a program, with a short one and with something else', () => {
    expect(walk(Buffer.alloc(0)).status).toBe(70);
    expect(walk(Buffer.from('SCP1')).status).toBe(70);
    expect(walk(Buffer.alloc(4096)).status).toBe(70);
    expect(existsSync(join(directory, processor))).toBe(true);
  });
});
