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

/** SYS_SOCKET of socketcall(2), and where i386 has that call. */
const socketcall = { number: 102, socket: 1 };

/** Classic BPF (linux/bpf_common.h), as far as the guard speaks it. */
const load = 0x20;
const jumpIfEqual = 0x15;
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

/**
 * The instructions that stand before the compiled filter and decide what libseccomp cannot express:
 * - a number above `newest` is ENOSYS, so that libc falls back as on an older kernel;
 * - socketcall(SYS_SOCKET) of i386 is EPERM: the address family is behind a pointer, so that AF_ALG could
 *   not be told apart, and libseccomp allows it wherever it allows a socket. 32-bit programs of musl,
 *   and of a glibc built for Linux 4.3 and later, call socket directly. Those of an older build (Debian's
 *   i386) and of Go for 386 get no socket under this profile; their other calls pass.
 * All else falls through to the filter.
 */
export function guard(architectures: readonly GuardedArchitecture[], newest: number): Buffer {
  return encode(architectures.flatMap((architecture) => guardOf(architecture, newest)));
}

function guardOf(architecture: GuardedArchitecture, newest: number): Instruction[] {
  const body = [
    { code: load, k: data.number },
    ...(architecture === 'SCMP_ARCH_X86' ? refuseSocketcall() : []),
    ...refuseUnknown(knownRanges(architecture, newest)),
  ];
  return [
    { code: load, k: data.architecture },
    { code: jumpIfEqual, k: auditArchitectures[architecture], jf: body.length },
    ...body,
  ];
}

function refuseSocketcall(): Instruction[] {
  return [
    { code: jumpIfEqual, k: socketcall.number, jf: 4 },
    { code: load, k: data.argument0 },
    { code: jumpIfEqual, k: socketcall.socket, jf: 1 },
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
