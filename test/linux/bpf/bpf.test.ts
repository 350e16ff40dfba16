import { execFileSync, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Assembler } from '../../../src/linux/bpf/assembler.ts';
import { attach, createArray, createHash, isTaken, readArray, readKeys } from '../../../src/linux/bpf/bpf.ts';

const open: number[] = [];

afterEach(() => {
  for (const descriptor of open.splice(0)) closeSync(descriptor);
});

function hold(descriptor: number): number {
  open.push(descriptor);
  return descriptor;
}

const MAP_UPDATE = 2;

test('a program runs at its tracepoint until its descriptor is closed', () => {
  const map = hold(createArray(16));
  const count = () => readArray(map, 16).readBigUInt64LE(8);
  const a = new Assembler();
  a.mapValue(1, map);
  a.load(2, 1, 8, 8);
  a.compute(2, 'add', 1);
  a.store(1, 8, { register: 2 }, 8);
  a.exit();
  const program = attach('a test', a.finish(), { tracepoint: 'sys_enter' });
  process.umask();
  expect(count()).toBeGreaterThan(0n);
  closeSync(program);
  const last = count();
  execFileSync('true');
  expect(count()).toBe(last);
});

test('a program is loaded while signals come, too', () => {
  const a = new Assembler();
  // Long enough that the kernel looks for signals while it looks at it.
  for (let index = 0; index < 3000; index++) a.compute(0, 'move', index);
  a.compute(0, 'move', 0);
  a.exit();
  const program = a.finish();
  const heard = () => undefined;
  process.on('SIGUSR2', heard);
  const sender = spawn('perl', ['-e', `select undef, undef, undef, 0.001 while kill USR2 => ${process.pid}`]);
  try {
    for (let count = 0; count < 300; count++)
      expect(isTaken('a test', program, { tracepoint: 'sys_enter' })).toBe(true);
  } finally {
    sender.kill('SIGKILL');
    process.off('SIGUSR2', heard);
  }
});

test('a hash has the keys that a program has put there', () => {
  const map = hold(createHash(8, 4));
  const a = new Assembler();
  a.load(1, 1, 8, 8);
  a.compute(1, 'and', 1);
  a.store(10, -8, { register: 1 }, 8);
  a.store(10, -16, 1, 8);
  a.map(1, map);
  a.compute(2, 'move', { register: 10 });
  a.compute(2, 'add', -8);
  a.compute(3, 'move', { register: 10 });
  a.compute(3, 'add', -16);
  a.compute(4, 'move', 0);
  a.call(MAP_UPDATE);
  a.exit();
  hold(attach('a test', a.finish(), { tracepoint: 'sys_enter' }));
  execFileSync('true');
  const keys = readKeys(map, 8).map((key) => key.readBigUInt64LE());
  expect(keys.sort()).toEqual([0n, 1n]);
});

describe('what the kernel refuses is an unfit host', () => {
  const nothing = () => {
    const a = new Assembler();
    a.exit();
    return a;
  };

  test('a tracepoint that it does not have', () => {
    expect(() => attach('a test', nothing().finish(), { tracepoint: 'no_such' })).toThrow(
      expect.objectContaining({ code: 'SC_HOST_UNFIT', errno: 'ENOENT', message: 'run a test: bpf: ENOENT' }),
    );
  });

  test('a program that is not safe, with what it says', () => {
    const a = new Assembler();
    a.load(1, 0, 0, 8);
    a.exit();
    expect(() => attach('a test', a.finish(), { tracepoint: 'sys_enter' })).toThrow(
      expect.objectContaining({ errno: 'EACCES', message: 'load a test: bpf: EACCES: R0 !read_ok' }),
    );
  });
});

test('a jump to nowhere is a fault of sc', () => {
  const a = new Assembler();
  a.jump('nowhere');
  expect(() => a.finish()).toThrow('label "nowhere" is not placed');
});
