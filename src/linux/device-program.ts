import type { DeviceRule } from './devices.ts';

// cgroup v2 has no list of devices: a program of eBPF is asked each time (linux/bpf.h, struct
// bpf_cgroup_dev_ctx). It gets in r1 the address of three numbers of 32 bits and answers 1 to allow.

/** Offsets in what the program is given: access in the upper half and type in the lower, major, minor. */
const context = { access: 0, major: 4, minor: 8 };
const types = { b: 1, c: 2 } as const;
const accesses: { readonly [letter: string]: number } = { m: 1, r: 2, w: 4 };
const everything = 7;

/** Of eBPF, as far as it is spoken here (instruction-set.rst). */
const loadWord = 0x61;
const and32 = 0x54;
const shiftRight32 = 0x74;
const move32 = 0xb4;
const copy32 = 0xbc;
const jumpIfNotEqual32 = 0x56;
const exit = 0x95;

interface Instruction {
  code: number;
  to?: number;
  from?: number;
  offset?: number;
  value?: number;
}

const [answer, argument, type, access, major, minor] = [0, 1, 2, 3, 4, 5];

/** Allows what one of the rules allows by itself, as the lists of v1 do. Answers struct bpf_insn[]. */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer {
  return encode([
    { code: loadWord, to: type, from: argument, offset: context.access },
    { code: copy32, to: access, from: type },
    { code: and32, to: type, value: 0xffff },
    { code: shiftRight32, to: access, value: 16 },
    { code: loadWord, to: major, from: argument, offset: context.major },
    { code: loadWord, to: minor, from: argument, offset: context.minor },
    ...rules.flatMap(allow),
    { code: move32, to: answer, value: 0 },
    { code: exit },
  ]);
}

function allow(rule: DeviceRule): Instruction[] {
  const allowed = [...rule.access].reduce((bits, letter) => bits | (accesses[letter] ?? 0), 0);
  const conditions: Instruction[] = [
    { code: jumpIfNotEqual32, to: type, value: types[rule.type] },
    ...number(major, rule.major),
    ...number(minor, rule.minor),
    ...(allowed === everything
      ? []
      : [
          { code: copy32, to: argument, from: access },
          { code: and32, to: argument, value: everything & ~allowed },
          { code: jumpIfNotEqual32, to: argument, value: 0 },
        ]),
  ];
  const body = [...conditions, { code: move32, to: answer, value: 1 }, { code: exit }];
  // What does not hold leads to the next rule.
  return body.map((instruction, index) =>
    instruction.code === jumpIfNotEqual32 ? { ...instruction, offset: body.length - 1 - index } : instruction,
  );
}

function number(register: number, wanted: number | undefined): Instruction[] {
  return wanted === undefined ? [] : [{ code: jumpIfNotEqual32, to: register, value: wanted }];
}

/** As struct bpf_insn: code, registers, offset, value. */
function encode(instructions: readonly Instruction[]): Buffer {
  const buffer = Buffer.alloc(instructions.length * 8);
  for (const [index, { code, to = 0, from = 0, offset = 0, value = 0 }] of instructions.entries()) {
    buffer.writeUInt8(code, index * 8);
    buffer.writeUInt8((from << 4) | to, index * 8 + 1);
    buffer.writeInt16LE(offset, index * 8 + 2);
    buffer.writeInt32LE(value | 0, index * 8 + 4);
  }
  return buffer;
}
