import type { SyscallName } from '../../../linux/syscalls.ts';
import type { Argument, Condition, Data, Entry, Hints, Label, Program } from './program.ts';

/** Writes a program from top to bottom. */
export class ProgramBuilder {
  readonly #entries: Entry[] = [];
  readonly #data: Data[] = [];
  readonly #strings = new Map<string, Data>();
  #onFailure: Label | undefined;

  /** From here on a failing entry leads to `label`. */
  failTo(label: Label): void {
    this.#onFailure = label;
  }

  /** A system call that must not fail. */
  call(label: string, name: SyscallName, ...args: Argument[]): Entry {
    return this.#add({ label, code: name, arguments: args, onFailure: this.#onFailure });
  }

  /** A system call that may fail; who needs its result looks at it. */
  attempt(label: string, name: SyscallName, ...args: Argument[]): Entry {
    return this.#add({ label, code: name, arguments: args, onFailure: undefined });
  }

  jump(to: Label, condition: Condition = 'always', left: Argument = 0, right: Argument = 0): void {
    const words = condition === 'always' ? `go to ${to.name}` : `go to ${to.name} if`;
    this.#add({
      label: words,
      code: 'jump',
      arguments: [0, 0, left, right],
      onFailure: undefined,
      jump: { to, condition },
    });
  }

  /** Writes `value` into `size` bytes of data. */
  store(label: string, to: Data, at: number, value: Argument, size: 1 | 2 | 4 | 8): void {
    const pointer = { pointer: to, at };
    this.#add({ label, code: 'store', arguments: [pointer, value, size], onFailure: undefined });
  }

  /** Fails as a system call with this (negative) result would. */
  fail(label: string, result: Argument, hints?: Hints): void {
    this.#add({
      label,
      code: 'fail',
      arguments: [result],
      onFailure: this.#onFailure,
      ...(hints && { hints }),
    });
  }

  /** Says what to try when `entry` fails with one of these errors. */
  explainFailure(entry: Entry, hints: Hints): Entry {
    entry.hints = hints;
    return entry;
  }

  label(name: string): Label {
    return { name };
  }

  place(label: Label): void {
    if (label.entry !== undefined) throw new Error(`label "${label.name}" is placed twice`);
    label.entry = this.#entries.length;
  }

  string(text: string): Data {
    const known = this.#strings.get(text);
    if (known) return known;
    const data = this.bytes(Buffer.from(`${text}\0`), JSON.stringify(text));
    this.#strings.set(text, data);
    return data;
  }

  bytes(bytes: Buffer, text: string, pointers: { at: number; to: Data }[] = []): Data {
    const data = { bytes, text, pointers };
    this.#data.push(data);
    return data;
  }

  /** An array of pointers to strings that ends with NULL, as argv and envp do. */
  strings(texts: readonly string[], name: string): Data {
    const pointers = texts.map((text, index) => ({ at: index * 8, to: this.string(text) }));
    return this.bytes(Buffer.alloc((texts.length + 1) * 8), name, pointers);
  }

  finish(): Program {
    return { entries: this.#entries, data: this.#data };
  }

  #add(entry: Omit<Entry, 'index'>): Entry {
    const added = { ...entry, index: this.#entries.length };
    this.#entries.push(added);
    return added;
  }
}

/** A structure of the kernel as bytes: `fields` are [value, size in bytes], little endian, in order. */
export function struct(
  ...fields: readonly (readonly [value: number | bigint, size: 1 | 2 | 4 | 8])[]
): Buffer {
  const buffer = Buffer.alloc(fields.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of fields) {
    const bits = BigInt.asUintN(size * 8, BigInt(value));
    if (size === 8) buffer.writeBigUInt64LE(bits, at);
    else buffer.writeUIntLE(Number(bits), at, size);
    at += size;
  }
  return buffer;
}
