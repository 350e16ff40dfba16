/** A register of the kernel's machine: 0 the result, 1 to 5 arguments, 6 to 9 kept over calls, 10 the stack. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** BPF_B, BPF_H, BPF_W and BPF_DW, by their bytes (linux/bpf_common.h, linux/bpf.h). */
const widths = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;

const operations = { add: 0x00, or: 0x40, and: 0x50, leftShift: 0x60, rightShift: 0x70, move: 0xb0 } as const;
const comparisons = { equal: 0x10, greater: 0x20, notEqual: 0x50, less: 0xa0 } as const;

/** BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE: what a constant of 64 bits stands for. */
const MAP = 1;
const MAP_VALUE = 2;

const BPF_OR = 0x40;

/**
 * Writes a program for the kernel's own machine (Documentation/bpf/standardization/instruction-set.rst), from
 * top to bottom.
 */
export class Assembler {
  readonly #instructions: Buffer[] = [];
  readonly #places = new Map<string, number>();
  readonly #jumps: { at: number; to: string }[] = [];

  /** `to = value`, or the same with another operation; of the lower half only with `size` 4. */
  compute(
    to: Register,
    operation: keyof typeof operations,
    value: number | { register: Register },
    size: 4 | 8 = 8,
  ): void {
    const kind = size === 8 ? 0x07 : 0x04;
    if (typeof value === 'number') this.#add(kind | operations[operation], to, 0, 0, value);
    else this.#add(kind | operations[operation] | 0x08, to, value.register, 0, 0);
  }

  /** A constant of 64 bits. */
  constant(to: Register, value: bigint): void {
    this.#wide(to, 0, Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
  }

  /** The map itself, as functions of the kernel take it. */
  map(to: Register, descriptor: number): void {
    this.#wide(to, MAP, descriptor, 0);
  }

  /** Where the one value of an array map is. */
  mapValue(to: Register, descriptor: number): void {
    this.#wide(to, MAP_VALUE, descriptor, 0);
  }

  load(to: Register, from: Register, offset: number, size: keyof typeof widths): void {
    this.#add(0x61 | widths[size], to, from, offset, 0);
  }

  store(
    to: Register,
    offset: number,
    value: number | { register: Register },
    size: keyof typeof widths,
  ): void {
    if (typeof value === 'number') this.#add(0x62 | widths[size], to, 0, offset, value);
    else this.#add(0x63 | widths[size], to, value.register, offset, 0);
  }

  /** Sets bits of 64 so that none of another processor's is lost. */
  setBits(to: Register, offset: number, bits: Register): void {
    this.#add(0xdb, to, bits, offset, BPF_OR);
  }

  jump(
    to: string,
    comparison?: keyof typeof comparisons,
    left: Register = 0,
    right: number | { register: Register } = 0,
    size: 4 | 8 = 8,
  ): void {
    this.#jumps.push({ at: this.#instructions.length, to });
    const kind = size === 8 ? 0x05 : 0x06;
    if (comparison === undefined) this.#add(0x05, 0, 0, 0, 0);
    else if (typeof right === 'number') this.#add(kind | comparisons[comparison], left, 0, 0, right);
    else this.#add(kind | comparisons[comparison] | 0x08, left, right.register, 0, 0);
  }

  place(label: string): void {
    this.#places.set(label, this.#instructions.length);
  }

  /** A function of the kernel, by its number in linux/bpf.h. */
  call(helper: number): void {
    this.#add(0x85, 0, 0, 0, helper);
  }

  /** Ends the program. */
  exit(result = 0): void {
    this.compute(0, 'move', result);
    this.#add(0x95, 0, 0, 0, 0);
  }

  /** As struct bpf_insn[]. */
  finish(): Buffer {
    for (const { at, to } of this.#jumps) {
      const place = this.#places.get(to);
      if (place === undefined) throw new Error(`label "${to}" is not placed`);
      this.#instructions[at]?.writeInt16LE(place - at - 1, 2);
    }
    return Buffer.concat(this.#instructions);
  }

  #wide(to: Register, source: number, low: number, high: number): void {
    this.#add(0x18, to, source, 0, low);
    this.#add(0, 0, 0, 0, high);
  }

  #add(code: number, to: number, from: number, offset: number, constant: number): void {
    const instruction = Buffer.alloc(8);
    instruction.writeUInt8(code, 0);
    instruction.writeUInt8((from << 4) | to, 1);
    instruction.writeInt16LE(offset, 2);
    instruction.writeInt32LE(constant | 0, 4);
    this.#instructions.push(instruction);
  }
}
