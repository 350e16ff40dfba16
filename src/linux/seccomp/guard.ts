import { constants } from 'node:os';

const { EPERM, ENOSYS } = constants.errno;

/** The audit numbers of instruction sets, as seccomp_data has them (linux/audit.h). */
export const auditArchitectures = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
} as const;

export type GuardedArchitecture = keyof typeof auditArchitectures;

/** Set in the numbers of x32, which has no audit number of its own. */
export const x32Bit = 0x40000000;

const lowestArmPrivate = 0xf0000;

/** Calls of i386 that stand for several others; the first argument says which, in its lower bits. */
const multiplexers = { socketcall: { number: 102, mask: 0xff }, ipc: { number: 117, mask: 0xffff } } as const;

/** Classic BPF (linux/bpf_common.h), as far as the guard speaks it. */
const load = 0x20;
const jumpIfEqual = 0x15;
const and = 0x54;
const jumpIfGreater = 0x25;
const jumpIfGreaterOrEqual = 0x35;
const answer = 0x06;
const errnoAnswer = 0x50000;

/** Offsets in struct seccomp_data; the lower half of an argument on these little-endian processors. */
const data = { number: 0, architecture: 4, argument0: 16 };

interface Instruction {
  code: number;
  k: number;
  /** Instructions to skip if the comparison holds, and if it does not. */
  jt?: number;
  jf?: number;
}

interface GuardRequest {
  /** Calls with a number above this one do not exist. */
  newest?: number;
  /** Calls of `socketcall` and `ipc` that are refused, by their numbers there. */
  hidden?: { readonly socketcall: readonly number[]; readonly ipc: readonly number[] };
}

/**
 * The instructions that stand before the compiled filter and decide what libseccomp cannot express:
 * - a number above `newest` is ENOSYS, so that libc falls back as on an older kernel;
 * - what i386 multiplexes is EPERM where the rules look at its arguments, such as socketcall(SYS_SOCKET):
 *   the address family is behind a pointer, so that AF_ALG could not be told apart, and libseccomp allows it
 *   wherever it allows a socket. 32-bit programs of musl, and of a glibc built for Linux 4.3 and later, call
 *   socket directly. Those of an older build (Debian's i386) and of Go for 386 get no socket then; their
 *   other calls pass.
 * All else falls through to the filter.
 */
export function guard(architectures: readonly GuardedArchitecture[], request: GuardRequest): Buffer {
  return encode(architectures.flatMap((architecture) => guardOf(architecture, request)));
}

function guardOf(architecture: GuardedArchitecture, { newest, hidden }: GuardRequest): Instruction[] {
  const onX86 = architecture === 'SCMP_ARCH_X86' ? hidden : undefined;
  const checks = [
    ...refuseHidden(multiplexers.socketcall, onX86?.socketcall ?? []),
    ...refuseHidden(multiplexers.ipc, onX86?.ipc ?? []),
    ...(newest === undefined ? [] : refuseUnknown(knownRanges(architecture, newest))),
  ];
  if (checks.length === 0) return [];
  const body = [{ code: load, k: data.number }, ...checks];
  return [
    { code: load, k: data.architecture },
    { code: jumpIfEqual, k: auditArchitectures[architecture], jf: body.length },
    ...body,
  ];
}

function refuseHidden(
  { number, mask }: { number: number; mask: number },
  calls: readonly number[],
): Instruction[] {
  if (calls.length === 0) return [];
  const comparisons = calls.map(
    (call, index): Instruction => ({
      code: jumpIfEqual,
      k: call,
      jt: calls.length - 1 - index,
      jf: index === calls.length - 1 ? 1 : 0,
    }),
  );
  return [
    { code: jumpIfEqual, k: number, jf: calls.length + 4 },
    { code: load, k: data.argument0 },
    { code: and, k: mask },
    ...comparisons,
    { code: answer, k: errnoAnswer | EPERM },
    { code: load, k: data.number },
  ];
}

/** Answers ENOSYS outside of the ranges, which ascend, the first from 0. */
function refuseUnknown(ranges: readonly { first: number; last: number }[]): Instruction[] {
  const comparisons = ranges.flatMap(({ first, last }): Instruction[] => [
    { code: jumpIfGreater, k: last },
    { code: jumpIfGreaterOrEqual, k: first },
  ]);
  const end = comparisons.length;
  // Above this range: on to the next, behind the last one to the answer. Inside: past the answer.
  for (const [index, comparison] of comparisons.entries()) {
    if (comparison.code === jumpIfGreater) comparison.jt = 1;
    else comparison.jt = end - index;
    if (comparison.code === jumpIfGreaterOrEqual) comparison.jf = end - index - 1;
  }
  return [...comparisons, { code: answer, k: errnoAnswer | ENOSYS }];
}

/** Where the numbers of an instruction set are; what is in between was never one. */
function knownRanges(architecture: GuardedArchitecture, newest: number): { first: number; last: number }[] {
  const common = { first: 0, last: newest };
  switch (architecture) {
    case 'SCMP_ARCH_X86_64':
      // x32 has the common numbers and its own, 512 to 547, all with the bit.
      return [common, { first: x32Bit, last: x32Bit + newest }, { first: x32Bit + 512, last: x32Bit + 547 }];
    case 'SCMP_ARCH_ARM':
      return [common, { first: lowestArmPrivate, last: lowestArmPrivate + 0xff }];
    default:
      return [common];
  }
}

/** As struct sock_filter: code, jt, jf, k. */
function encode(instructions: readonly Instruction[]): Buffer {
  const buffer = Buffer.alloc(instructions.length * 8);
  for (const [index, { code, jt = 0, jf = 0, k }] of instructions.entries()) {
    buffer.writeUInt16LE(code, index * 8);
    buffer.writeUInt8(jt, index * 8 + 2);
    buffer.writeUInt8(jf, index * 8 + 3);
    buffer.writeUInt32LE(k, index * 8 + 4);
  }
  return buffer;
}
