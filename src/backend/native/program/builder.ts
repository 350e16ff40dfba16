import { ScError } from '../../../errors/error.ts';
import { type SyscallName, type SyscallNumbers, syscalls } from '../../../linux/syscalls.ts';
import { MESSAGE_FAILED } from '../protocol.ts';
import {
  ARGUMENTS,
  CODE,
  COUNT,
  type Condition,
  conditions,
  controls,
  ENTRY_WORDS,
  HEADER_WORDS,
  IGNORE_FAILURE,
  KINDS,
  kinds,
  MAGIC,
  ON_FAILURE,
  RELOCATION_WORDS,
} from './format.ts';
import { type Argument, Data, type Entry, type Hints, type Label, type Program } from './program.ts';
import { WrittenProgram } from './written-program.ts';

/** A field of a structure: its value and its size in bytes. */
export type Field = readonly [value: number | bigint, size: 1 | 2 | 4 | 8];

const LOW = 2 ** 32;

const align = (offset: number): number => (offset + 7) & ~7;

/** Memory of the last builder, all zeros: a hundred kilobytes for each start would be the collector's main work. */
let spare: { words: Uint32Array; data: Buffer } | undefined;

/**
 * Writes a program from top to bottom, straight into its bytes: every start of a container waits for this.
 */
export class ProgramBuilder {
  /** The message on a failure, which the walker fills in. */
  readonly failure: Data;
  readonly #numbers: SyscallNumbers;
  #words: Uint32Array;
  #data: Buffer;
  #dataEnd = 0;
  #onFailure = IGNORE_FAILURE;
  readonly #labels: string[] = [];
  readonly #targets: (number | undefined)[] = [];
  /** Entry and name by turns: a container with thousands of mounts has tens of thousands, most never looked at. */
  readonly #places: (number | string)[] = [];
  readonly #relocations: number[] = [];
  readonly #names: { data: Data; text: string }[] = [];
  /** Strings by their text, constants by theirs behind a NUL, which no string has. */
  readonly #shared = new Map<string, Data>();
  /** Entry and hints by turns. */
  readonly #hints: (number | Hints)[] = [];

  /** `numbers` are those of the processor that will walk the program. */
  constructor(numbers: SyscallNumbers = syscalls) {
    this.#numbers = numbers;
    const { words, data } = spare ?? {
      words: new Uint32Array(1024 * ENTRY_WORDS),
      data: Buffer.alloc(1 << 16),
    };
    spare = undefined;
    this.#words = words;
    this.#data = data;
    this.failure = this.struct('failure', [MESSAGE_FAILED, 4], [0, 4], [0, 4]);
  }

  /** From here on a failing entry leads to `label`. */
  failTo(label: Label): void {
    this.#onFailure = label.id;
  }

  /** A system call that must not fail. */
  call(label: string, name: SyscallName, ...args: Argument[]): Entry {
    return this.#add(label, this.#numbers[name], args, this.#onFailure);
  }

  /** A system call that may fail; who needs its result looks at it. */
  attempt(label: string, name: SyscallName, ...args: Argument[]): Entry {
    return this.#add(label, this.#numbers[name], args, IGNORE_FAILURE);
  }

  jump(to: Label, condition: Condition = 'always', left: Argument = 0, right: Argument = 0): void {
    const args = [to.id, conditions[condition], left, right];
    this.#add(to.name, controls.jump, args, IGNORE_FAILURE);
  }

  /** Writes `value` into `size` bytes of data. */
  store(label: string, to: Data, at: number, value: Argument, size: 1 | 2 | 4 | 8): void {
    this.#add(label, controls.store, [{ pointer: to, at }, value, size], IGNORE_FAILURE);
  }

  /**
   * Fails as a system call with this result would, and goes on with one that is no error. `hints` say what
   * to try.
   */
  fail(label: string, result: Argument, hints?: Hints): void {
    this.hint(this.#add(label, controls.fail, [result], this.#onFailure), hints);
  }

  /** Says what to try where an entry fails. */
  hint(entry: Entry, hints: Hints | undefined): void {
    if (hints) this.#hints.push(entry.index, hints);
  }

  label(name: string): Label {
    return { name, id: this.#targets.push(undefined) - 1 };
  }

  place(label: Label): void {
    if (this.#targets[label.id] !== undefined) throw new Error(`label "${label.name}" is placed twice`);
    const entry = this.#labels.length;
    this.#targets[label.id] = entry;
    this.#places.push(entry, label.name);
  }

  /** Throws SC_USAGE for a text that would be another one to the kernel. */
  string(text: string): Data {
    const known = this.#shared.get(text);
    if (known) return known;
    checkText(text);
    const data = this.#reserve(3 * text.length + 1);
    this.#dataEnd = align(data.offset + this.#write(text, data.offset) + 1);
    this.#shared.set(text, data);
    return data;
  }

  /** So many bytes of zeros. */
  space(text: string, size: number): Data {
    const data = this.#reserve(size);
    this.#names.push({ data, text });
    return data;
  }

  bytes(text: string, bytes: Buffer): Data {
    const data = this.space(text, bytes.length);
    this.#data.set(bytes, data.offset);
    return data;
  }

  /** A structure of the kernel: its fields in order, little endian, without padding of its own. */
  struct(text: string, ...fields: readonly Field[]): Data {
    let size = 0;
    for (const field of fields) size += field[1];
    const data = this.space(text, size);
    let at = data.offset;
    for (const [value, width] of fields) {
      this.#writeNumber(value, width, at);
      at += width;
    }
    return data;
  }

  /** A structure that system calls only read, made once for all that have the same text. */
  constant(text: string, ...fields: readonly Field[]): Data {
    const key = `\0${text}`;
    const known = this.#shared.get(key);
    if (known) return known;
    const data = this.struct(text, ...fields);
    this.#shared.set(key, data);
    return data;
  }

  /** Makes the eight bytes at `at` point at another piece. */
  point(from: Data, at: number, to: Data): void {
    this.#relocations.push(from.offset + at, to.offset);
  }

  /** An array of pointers to strings that ends with NULL, as argv and envp do. */
  strings(text: string, strings: readonly string[]): Data {
    const array = this.space(text, (strings.length + 1) * 8);
    strings.forEach((string, index) => {
      this.point(array, index * 8, this.string(string));
    });
    return array;
  }

  /** Ends the writing: the builder is of no use after it. */
  finish(): Program {
    const entries = this.#labels.length;
    const relocationsAt = HEADER_WORDS + entries * ENTRY_WORDS;
    const dataAt = (relocationsAt + this.#relocations.length + 1) & ~1;
    const words = new Uint32Array(dataAt + this.#dataEnd / 4);
    words.set([MAGIC, entries, this.#relocations.length / RELOCATION_WORDS, dataAt * 4]);
    words.set(this.#words.subarray(0, entries * ENTRY_WORDS), HEADER_WORDS);
    this.#resolveLabels(words, entries);
    words.set(this.#relocations, relocationsAt);
    const bytes = Buffer.from(words.buffer);
    bytes.set(this.#data.subarray(0, this.#dataEnd), dataAt * 4);
    spare = {
      words: this.#words.fill(0, 0, entries * ENTRY_WORDS),
      data: this.#data.fill(0, 0, this.#dataEnd),
    };
    return new WrittenProgram(bytes, this.#labels, this.#names, this.#places, this.#hints);
  }

  #reserve(size: number): Data {
    const data = new Data(this.#dataEnd, size);
    this.#dataEnd = align(data.offset + size);
    if (this.#dataEnd > this.#data.length) {
      const larger = Buffer.alloc(Math.max(this.#dataEnd, 2 * this.#data.length));
      this.#data.copy(larger);
      this.#data = larger;
    }
    return data;
  }

  /** Answers how many bytes it took. Most strings are short and ASCII, for which a call to native code is dear. */
  #write(text: string, at: number): number {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return this.#data.write(text, at);
      this.#data[at + index] = code;
    }
    return text.length;
  }

  #writeNumber(value: number | bigint, width: 1 | 2 | 4 | 8, at: number): void {
    if (typeof value === 'bigint') {
      this.#writeNumber(Number(BigInt.asUintN(32, value)), width === 8 ? 4 : width, at);
      if (width === 8) this.#writeNumber(Number(BigInt.asUintN(32, value >> 32n)), 4, at + 4);
      return;
    }
    let rest = value;
    for (let index = 0; index < width; index++) {
      this.#data[at + index] = rest & 0xff;
      rest = Math.floor(rest / 256);
    }
  }

  #resolveLabels(words: Uint32Array, entries: number): void {
    for (let index = 0; index < entries; index++) {
      const at = HEADER_WORDS + index * ENTRY_WORDS;
      const onFailure = words[at + ON_FAILURE] ?? IGNORE_FAILURE;
      if (onFailure !== IGNORE_FAILURE) words[at + ON_FAILURE] = this.#target(onFailure);
      if (words[at + CODE] === controls.jump)
        words[at + ARGUMENTS] = this.#target(words[at + ARGUMENTS] ?? 0);
    }
  }

  #target(id: number): number {
    const entry = this.#targets[id];
    if (entry === undefined) throw new Error(`label ${id} of the program is not placed`);
    return entry;
  }

  #add(label: string, code: number, args: readonly Argument[], onFailure: number): Entry {
    const index = this.#labels.push(label) - 1;
    const at = index * ENTRY_WORDS;
    if (at + ENTRY_WORDS > this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words[at + CODE] = code;
    this.#words[at + ON_FAILURE] = onFailure;
    let kindBits = 0;
    for (let number = 0; number < args.length; number++) {
      kindBits |= this.#argument(at + ARGUMENTS + number * 2, args[number] ?? 0) << (4 * number);
    }
    this.#words[at + KINDS] = kindBits;
    this.#words[at + COUNT] = args.length;
    return { index };
  }

  /** Writes an argument and answers its kind. */
  #argument(at: number, argument: Argument): number {
    if (typeof argument === 'number') {
      this.#words[at] = argument;
      this.#words[at + 1] = Math.floor(argument / LOW);
      return kinds.integer;
    }
    if (typeof argument === 'bigint') {
      this.#words[at] = Number(BigInt.asUintN(32, argument));
      this.#words[at + 1] = Number(BigInt.asUintN(32, argument >> 32n));
      return kinds.integer;
    }
    if (argument instanceof Data) {
      this.#words[at] = argument.offset;
      return kinds.pointer;
    }
    if ('result' in argument) {
      this.#words[at] = argument.result.index;
      return kinds.result;
    }
    if ('pointer' in argument) {
      this.#words[at] = argument.pointer.offset + argument.at;
      return kinds.pointer;
    }
    this.#words[at] = argument.from.offset + argument.at;
    return kinds[`load${argument.load}`];
  }
}

/** Throws SC_USAGE for a text that would be another one to the kernel. */
export function checkText(text: string): void {
  if (text.includes('\0')) throw unfit(text, 'a NUL byte, at which the kernel would cut it off');
  if (!text.isWellFormed()) throw unfit(text, 'half of a surrogate pair, which no UTF-8 stands for');
}

function unfit(text: string, what: string): ScError {
  return new ScError('SC_USAGE', `pass ${JSON.stringify(text)} to the kernel: it holds ${what}`);
}
