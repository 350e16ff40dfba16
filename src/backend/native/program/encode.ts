import { syscalls } from '../../../linux/syscalls.ts';
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
// Offsets count from the start of the program.

const HEADER_SIZE = 24;
const ENTRY_SIZE = 72;
const RELOCATION_SIZE = 8;
const MAGIC = 0x31504353;
const IGNORE_FAILURE = 0xffffffff;

const FAILURE_OFFSET = 12;

const controls: Record<Control, number> = { jump: 0x10000, store: 0x10001, fail: 0x10002 };
const conditions: Record<Condition, number> = { always: 0, equal: 1, 'not-equal': 2, less: 3, mask: 4 };
const kinds = { integer: 0, pointer: 1, result: 2, load8: 3, load16: 4, load32: 5, load64: 6 } as const;

/** The bytes of a program, in the form that the stage walks. */
export function encode(program: Program): Buffer {
  const relocations = program.data.flatMap((data) => data.pointers.map((pointer) => ({ data, ...pointer })));
  const dataStart =
    HEADER_SIZE + program.entries.length * ENTRY_SIZE + relocations.length * RELOCATION_SIZE;
  const { offsets, end } = layOut(program.data, align(dataStart));
  const bytes = Buffer.alloc(end);

  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(program.entries.length, 4);
  bytes.writeUInt32LE(relocations.length, 8);
  bytes.writeUInt32LE(MESSAGE_FAILED, FAILURE_OFFSET);
  program.entries.forEach((entry, index) => {
    writeEntry(bytes, HEADER_SIZE + index * ENTRY_SIZE, entry, offsets);
  });
  let at = HEADER_SIZE + program.entries.length * ENTRY_SIZE;
  for (const { data, at: within, to } of relocations) {
    bytes.writeUInt32LE(offsetOf(data, offsets) + within, at);
    bytes.writeUInt32LE(offsetOf(to, offsets), at + 4);
    at += RELOCATION_SIZE;
  }
  for (const [data, offset] of offsets) data.bytes.copy(bytes, offset);
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

function writeEntry(bytes: Buffer, at: number, entry: Entry, offsets: Map<Data, number>): void {
  const isControl = entry.code in controls;
  bytes.writeUInt32LE(isControl ? controls[entry.code as Control] : syscalls[entry.code as keyof typeof syscalls], at);
  bytes.writeUInt32LE(entry.onFailure ? targetOf(entry.onFailure) : IGNORE_FAILURE, at + 4);
  const args = entry.jump
    ? [targetOf(entry.jump.to), conditions[entry.jump.condition], ...entry.arguments.slice(2)]
    : entry.arguments;
  let kindBits = 0;
  args.forEach((argument, index) => {
    const [kind, value] = encodeArgument(argument, offsets);
    kindBits |= kind << (4 * index);
    writeWord(bytes, at + 16 + index * 8, value);
  });
  bytes.writeUInt32LE(kindBits >>> 0, at + 8);
}

/** 64 bits, two's complement. In halves, since BigInt would double the time that encoding takes. */
function writeWord(bytes: Buffer, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return;
  }
  bytes.writeUInt32LE(value >>> 0, at);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32) >>> 0, at + 4);
}

function encodeArgument(argument: Argument, offsets: Map<Data, number>): [kind: number, value: number | bigint] {
  if (typeof argument !== 'object') return [kinds.integer, argument];
  if ('result' in argument) return [kinds.result, argument.result.index];
  if ('load' in argument) return [kinds[`load${argument.load}`], offsetOf(argument.from, offsets) + argument.at];
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
