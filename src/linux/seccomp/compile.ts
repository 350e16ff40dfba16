import { closeSync, fstatSync, readSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import type { SeccompAction } from '../../schema/seccomp-profile.ts';
import { MFD_CLOEXEC } from '../constants.ts';
import { declare } from '../libc.ts';
import { refuseConflicts, refusePretence } from './conflicts.ts';
import { auditArchitectures, type GuardedArchitecture, guard } from './guard.ts';
import { hiddenCalls } from './hidden-calls.ts';
import type { FilterContext, Libseccomp } from './libseccomp.ts';
import { isPermissive, type SeccompArgument, type SeccompProfile, type SeccompRule } from './profile.ts';

/** BPF_MAXINSNS: what the kernel takes at most. */
export const maximumInstructions = 4096;
/** sizeof(struct sock_filter) */
export const instructionSize = 8;

/** SCMP_ARCH_*: the kernel's audit numbers, and one of its own for x32. */
const architectures: Record<string, number> = { ...auditArchitectures, SCMP_ARCH_X32: 0x4000003e };
const SCMP_ARCH_NATIVE = 0;

/** SECCOMP_RET_*; an error stands in the lower half. */
const actions: Record<SeccompAction, number> = {
  SCMP_ACT_ALLOW: 0x7fff0000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
};

/** What happens to calls of instruction sets that a profile leaves out. */
const SCMP_FLTATR_ACT_BADARCH = 2;
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
  const fallback = actionNumber(profile.defaultAction, profile.defaultErrnoRet);
  const context = library.init(fallback);
  try {
    library.archRemove(context, SCMP_ARCH_NATIVE);
    for (const member of members) library.archAdd(context, numberOf(member));
    library.attrSet(context, SCMP_FLTATR_CTL_OPTIMIZE, optimizeAsTree);
    library.attrSet(context, SCMP_FLTATR_ACT_BADARCH, actions.SCMP_ACT_KILL_PROCESS);
    const actionOf = ({ action, errnoRet }: SeccompRule) => actionNumber(action, errnoRet);
    refuseConflicts(rules, actionOf, fallback);
    refusePretence(rules, actionOf, fallback, actionNumber('SCMP_ACT_ERRNO', 0));
    // libseccomp refuses a rule that says what happens anyway.
    const telling = rules.filter((rule) => actionOf(rule) !== fallback);
    for (const rule of telling) addRule(library, context, rule, profile);
    const denies = !isPermissive(profile.defaultAction);
    const newest = Math.min(profile.newestSyscall, newestKnown(library, numberOf(architecture)));
    const start = guard(members.filter(isGuarded), {
      ...(denies && { newest, hidden: hiddenCalls(rules) }),
    });
    return checkSize(Buffer.concat([start, exported(library, context)]));
  } finally {
    library.release(context);
  }
}

function actionNumber(action: SeccompAction, errno = 1): number {
  return action === 'SCMP_ACT_ERRNO' ? actions[action] | errno : actions[action];
}

function addRule(
  library: Libseccomp,
  context: FilterContext,
  rule: SeccompRule,
  profile: SeccompProfile,
): void {
  const action = actionNumber(rule.action, rule.errnoRet);
  const args = rule.args ?? [];
  for (const name of rule.names) {
    const number = library.resolveName(name);
    if (number === undefined) checkUnknown(library, name, rule, profile);
    else library.ruleAdd(context, action, number, args.length, encodeArguments(args), name);
  }
}

/**
 * A call that is too new for libseccomp is denied where the rest is, whether a rule allows it or not: programs
 * fall back. A rule that denies it in another way could not be kept.
 */
function checkUnknown(library: Libseccomp, name: string, rule: SeccompRule, profile: SeccompProfile): void {
  if (isPermissive(rule.action) && !isPermissive(profile.defaultAction)) return;
  const version = library.version().join('.');
  throw new ScError(
    'SC_HOST_UNFIT',
    `compile the seccomp filter: libseccomp ${version} does not know "${name}", which a rule is about`,
    { hint: 'update libseccomp2, or take the name out of the profile' },
  );
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
