import { type SyscallName, syscalls } from '../../../linux/syscalls.ts';
import { MESSAGE_FAILED } from '../protocol.ts';
import type { Argument, Condition, Control, Data, Entry, Label, Program } from './program.ts';

// The form that stage.c reads, little endian:
//
//   header        24 bytes   magic, entries, relocations, and the message on a failure that protocol.ts
//                            calls "failed", into which the walker puts the entry and its errno
//   entries       72 bytes   code, on failure, kinds, 0, six arguments, result
//   relocations    8 bytes   where a pointer stands, what it points at
//   data                     each piece on a multiple of 8
//
// Offsets count from the start of the program. Processors that sc runs on are little endian themselves.

const HEADER_SIZE = 24;
const ENTRY_SIZE = 72;
const RELOCATION_SIZE = 8;
const MAGIC = 0x31504353;
const IGNORE_FAILURE = 0xffffffff;

/** Where the message on a failure stands in the header. */
const FAILURE_OFFSET = 12;

const codes: Record<SyscallName | Control, number> = {
  ...syscalls,
  jump: 0x10000,
  store: 0x10001,
  fail: 0x10002,
};
const conditions: Record<Condition, number> = { always: 0, equal: 1, 'not-equal': 2, less: 3, mask: 4 };
const kinds = { integer: 0, pointer: 1, result: 2, load8: 3, load16: 4, load32: 5, load64: 6 } as const;

/** The bytes of a program, in the form that the stage walks. */
export function encode(program: Program): Buffer {
  const relocations = program.data.flatMap((data) => data.pointers.map((pointer) => ({ data, ...pointer })));
  const relocationsStart = HEADER_SIZE + program.entries.length * ENTRY_SIZE;
  const { offsets, end } = layOut(
    program.data,
    align(relocationsStart + relocations.length * RELOCATION_SIZE),
  );
  const bytes = Buffer.alloc(end);
  // Words are several times as fast as Buffer's own writers, and every start of a container waits for this.
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, end / 4);

  words.set([MAGIC, program.entries.length, relocations.length, MESSAGE_FAILED]);
  program.entries.forEach((entry, index) => {
    writeEntry(words, (HEADER_SIZE + index * ENTRY_SIZE) / 4, entry, offsets);
  });
  relocations.forEach(({ data, at, to }, index) => {
    const relocation = [offsetOf(data, offsets) + at, offsetOf(to, offsets)];
    words.set(relocation, (relocationsStart + index * RELOCATION_SIZE) / 4);
  });
  for (const [data, offset] of offsets) bytes.set(data.bytes, offset);
  return bytes;
}

function layOut(data: readonly Data[], start: number): { offsets: Map<Data, number>; end: number } {
  const offsets = new Map<Data, number>();
  let end = start;
  for (const piece of data) {
    offsets.set(piece, end);
    end = align(end + piece.bytes.length);
  }
  return { offsets, end };
}

function writeEntry(words: Uint32Array, at: number, entry: Entry, offsets: Map<Data, number>): void {
  words[at] = codes[entry.code];
  words[at + 1] = entry.onFailure ? targetOf(entry.onFailure) : IGNORE_FAILURE;
  let kindBits = 0;
  entry.arguments.forEach((argument, index) => {
    const [kind, value] = encodeArgument(argument, offsets);
    kindBits |= kind << (4 * index);
    writeLong(words, at + 4 + index * 2, value);
  });
  words[at + 2] = kindBits;
  if (entry.jump) {
    writeLong(words, at + 4, targetOf(entry.jump.to));
    writeLong(words, at + 6, conditions[entry.jump.condition]);
  }
}

/** 64 bits, two's complement, the low word first. */
function writeLong(words: Uint32Array, at: number, value: number | bigint): void {
  if (typeof value === 'number') {
    words[at] = value;
    words[at + 1] = Math.floor(value / 2 ** 32);
  } else {
    words[at] = Number(BigInt.asUintN(32, value));
    words[at + 1] = Number(BigInt.asUintN(32, value >> 32n));
  }
}

function encodeArgument(
  argument: Argument,
  offsets: Map<Data, number>,
): [kind: number, value: number | bigint] {
  if (typeof argument !== 'object') return [kinds.integer, argument];
  if ('result' in argument) return [kinds.result, argument.result.index];
  if ('load' in argument)
    return [kinds[`load${argument.load}`], offsetOf(argument.from, offsets) + argument.at];
  if ('pointer' in argument) return [kinds.pointer, offsetOf(argument.pointer, offsets) + argument.at];
  if ('header' in argument) return [kinds.pointer, FAILURE_OFFSET];
  return [kinds.pointer, offsetOf(argument, offsets)];
}

function offsetOf(data: Data, offsets: Map<Data, number>): number {
  const offset = offsets.get(data);
  if (offset === undefined) throw new Error(`data ${data.text} is not part of this program`);
  return offset;
}

function targetOf(label: Label): number {
  if (label.entry === undefined) throw new Error(`label "${label.name}" is not placed`);
  return label.entry;
}

function align(offset: number): number {
  return (offset + 7) & ~7;
}
