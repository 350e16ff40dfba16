import { Assembler } from './bpf/assembler.ts';
import type { DeviceRule } from './devices.ts';

// cgroup v2 has no list of devices: a program of eBPF is asked each time (linux/bpf.h, struct
// bpf_cgroup_dev_ctx). It gets in r1 the address of three numbers of 32 bits and answers 1 to allow.

/** Offsets in what the program is given: access in the upper half and type in the lower, major, minor. */
const context = { access: 0, major: 4, minor: 8 };
const types = { b: 1, c: 2 } as const;
const accesses: { readonly [letter: string]: number } = { m: 1, r: 2, w: 4 };
const everything = 7;

/** Registers. */
const [argument, type, access, major, minor, scratch] = [1, 2, 3, 4, 5, 6] as const;

/** Allows what one of the rules allows by itself, as the lists of v1 do. Answers struct bpf_insn[]. */
export function deviceProgram(rules: readonly DeviceRule[]): Buffer {
  const a = new Assembler();
  a.load(type, argument, context.access, 4);
  a.compute(access, 'move', { register: type }, 4);
  a.compute(type, 'and', 0xffff, 4);
  a.compute(access, 'rightShift', 16, 4);
  a.load(major, argument, context.major, 4);
  a.load(minor, argument, context.minor, 4);
  for (const [index, rule] of rules.entries()) allow(a, rule, `rule ${index} does not hold`);
  a.exit(0);
  return a.finish();
}

function allow(a: Assembler, rule: DeviceRule, next: string): void {
  const forbidden = [...rule.access].reduce((bits, letter) => bits & ~(accesses[letter] ?? 0), everything);
  a.jump(next, 'notEqual', type, types[rule.type], 4);
  if (rule.major !== undefined) a.jump(next, 'notEqual', major, rule.major, 4);
  if (rule.minor !== undefined) a.jump(next, 'notEqual', minor, rule.minor, 4);
  if (forbidden !== 0) {
    a.compute(scratch, 'move', { register: access }, 4);
    a.compute(scratch, 'and', forbidden, 4);
    a.jump(next, 'notEqual', scratch, 0, 4);
  }
  a.exit(1);
  a.place(next);
}
