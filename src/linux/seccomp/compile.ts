import { closeSync, fstatSync, readSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { declare } from '../libc.ts';
import { auditArchitectures, type GuardedArchitecture, guard } from './guard.ts';
import type { FilterContext, Libseccomp } from './libseccomp.ts';
import type { SeccompArgument, SeccompProfile, SeccompRule } from './profile.ts';

/** BPF_MAXINSNS: what the kernel takes at most. */
export const maximumInstructions = 4096;
/** sizeof(struct sock_filter) */
export const instructionSize = 8;

/** SCMP_ARCH_*: the kernel's audit numbers, and one of its own for x32. */
const architectures: Record<string, number> = { ...auditArchitectures, SCMP_ARCH_X32: 0x4000003e };
const SCMP_ARCH_NATIVE = 0;

const SCMP_ACT_ALLOW = 0x7fff0000;
const SCMP_ACT_ERRNO = 0x00050000;

/** Sorts the filter as a binary tree over the numbers: 9 comparisons in place of 300. Since 2.5.0. */
const SCMP_FLTATR_CTL_OPTIMIZE = 8;
const optimizeAsTree = 2;

/** enum scmp_compare */
const comparisons: Record<SeccompArgument['op'], number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/**
 * Compiles the rules for one processor of the profile (`SCMP_ARCH_X86_64`) and its sub-architectures.
 * Answers struct sock_filter[], as seccomp(2) takes it. Throws SC_HOST_UNFIT where libseccomp refuses.
 */
export function compile(
  library: Libseccomp,
  profile: SeccompProfile,
  rules: readonly SeccompRule[],
  architecture: string,
): Buffer {
  const family = profile.archMap.find((entry) => entry.architecture === architecture);
  if (family === undefined) {
    throw new ScError('SC_HOST_UNFIT', `compile the seccomp filter: no rules for "${architecture}"`);
  }
  const members = [architecture, ...family.subArchitectures];
  const context = library.init(SCMP_ACT_ERRNO | profile.defaultErrnoRet);
  try {
    library.archRemove(context, SCMP_ARCH_NATIVE);
    for (const member of members) library.archAdd(context, numberOf(member));
    library.attrSet(context, SCMP_FLTATR_CTL_OPTIMIZE, optimizeAsTree);
    for (const rule of rules) addRule(library, context, rule);
    const newest = Math.min(profile.newestSyscall, newestKnown(library, numberOf(architecture)));
    return checkSize(Buffer.concat([guard(members.filter(isGuarded), newest), exported(library, context)]));
  } finally {
    library.release(context);
  }
}

function addRule(library: Libseccomp, context: FilterContext, rule: SeccompRule): void {
  const action = rule.action === 'SCMP_ACT_ALLOW' ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO | (rule.errnoRet ?? 1);
  const args = rule.args ?? [];
  for (const name of rule.names) {
    const number = library.resolveName(name);
    if (number !== undefined) library.ruleAdd(context, action, number, args.length, encodeArguments(args));
  }
}

/** As struct scmp_arg_cmp: the argument, the comparison, and two numbers of 64 bits. */
function encodeArguments(args: readonly SeccompArgument[]): Buffer {
  const buffer = Buffer.alloc(args.length * 24);
  for (const [position, { index, op, value, valueTwo = 0 }] of args.entries()) {
    buffer.writeUInt32LE(index, position * 24);
    buffer.writeUInt32LE(comparisons[op], position * 24 + 4);
    buffer.writeBigUInt64LE(BigInt(value), position * 24 + 8);
    buffer.writeBigUInt64LE(BigInt(valueTwo), position * 24 + 16);
  }
  return buffer;
}

/** Numbers that a call could have: those of today end below 500, those of x32 alone begin at 512. */
const numberSpace = 1023;

function newestKnown(library: Libseccomp, architecture: number): number {
  let number = numberSpace;
  while (number > 0 && !library.isKnown(architecture, number)) number--;
  return number;
}

const memfdCreate = declare<[string, number]>('int memfd_create(const char *name, unsigned int flags)');
const MFD_CLOEXEC = 1;

/** libseccomp writes to a descriptor: a file that is only in memory. */
function exported(library: Libseccomp, context: FilterContext): Buffer {
  const descriptor = memfdCreate('seccomp', MFD_CLOEXEC);
  try {
    library.exportBpf(context, descriptor);
    const filter = Buffer.alloc(fstatSync(descriptor).size);
    readSync(descriptor, filter, 0, filter.length, 0);
    return filter;
  } finally {
    closeSync(descriptor);
  }
}

function checkSize(filter: Buffer): Buffer {
  const instructions = filter.length / instructionSize;
  if (Number.isInteger(instructions) && instructions <= maximumInstructions) return filter;
  throw new ScError(
    'SC_HOST_UNFIT',
    `compile the seccomp filter: ${instructions} instructions are no filter`,
    {
      hint: `the kernel takes at most ${maximumInstructions}`,
    },
  );
}

function numberOf(architecture: string): number {
  const number = architectures[architecture];
  if (number !== undefined) return number;
  throw new ScError('SC_HOST_UNFIT', `compile the seccomp filter: unknown architecture "${architecture}"`);
}

/** x32 is guarded under the number of x86-64. */
function isGuarded(architecture: string): architecture is GuardedArchitecture {
  return architecture in auditArchitectures;
}
