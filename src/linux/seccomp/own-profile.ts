import { constants } from 'node:os';
import { ScError } from '../../errors/error.ts';
import type {
  ArgumentCondition,
  SeccompProfile as ProfileFile,
  RuleScope as ScopeOfFile,
  SyscallRule,
} from '../../schema/seccomp-profile.ts';
import { parseCapability } from '../capabilities.ts';
import type { ConditionalRule, RuleScope, SeccompArgument, SeccompProfile } from './profile.ts';

const { EPERM } = constants.errno;
const errnos: { readonly [name: string]: number } = constants.errno;

/** Instruction sets that a kernel for this processor serves; others cannot occur and need no rules. */
const families: { readonly [architecture: string]: readonly string[] } = {
  SCMP_ARCH_X86_64: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  SCMP_ARCH_AARCH64: ['SCMP_ARCH_ARM'],
};

/** The profile in a text that was checked, for the processor `architecture` (SCMP_ARCH_*). */
export function ownProfile(text: string, architecture: string): SeccompProfile {
  const file = parseExactly(text) as ProfileFile;
  return {
    defaultAction: file.defaultAction,
    defaultErrnoRet: errnoOf(file.defaultErrnoRet, file.defaultErrno) ?? EPERM,
    newestSyscall: Number.POSITIVE_INFINITY,
    archMap: [{ architecture, subArchitectures: subArchitectures(file, architecture) }],
    syscalls: (file.syscalls ?? []).map(ruleOf),
  };
}

/**
 * Whole numbers that JSON writes with digits alone are exact, as bigints where a number would not be.
 * (The third parameter is of ECMAScript 2026, JSON.parse source text access.)
 */
function parseExactly(text: string): unknown {
  const exact = (_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^\d+$/.test(source)
      ? BigInt(source)
      : value;
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown);
}

/** Those that the profile names beside the processor's own; the filter kills the calls of all others. */
function subArchitectures({ architectures, archMap }: ProfileFile, architecture: string): string[] {
  const family = families[architecture] ?? [];
  const own = archMap?.find((entry) => entry.architecture === architecture);
  const flat: readonly string[] = architectures ?? [];
  const isLeftOut = archMap?.length ? own === undefined : flat.length > 0 && !flat.includes(architecture);
  if (isLeftOut) {
    throw new ScError('SC_UNSUPPORTED', `it has no rules for this machine's ${architecture}`);
  }
  const named: readonly string[] = own?.subArchitectures ?? flat;
  return family.filter((name) => named.includes(name));
}

function ruleOf({
  names,
  name,
  action,
  errnoRet,
  errno,
  args,
  includes,
  excludes,
}: SyscallRule): ConditionalRule {
  const returned = errnoOf(errnoRet, errno);
  return {
    names: names ?? (name === undefined ? [] : [name]),
    action,
    ...(returned !== undefined && { errnoRet: returned }),
    ...(args?.length && { args: args.map(argumentOf) }),
    ...(includes && { includes: scopeOf(includes) }),
    ...(excludes && { excludes: scopeOf(excludes) }),
  };
}

function errnoOf(number: number | undefined, name: string | undefined): number | undefined {
  return number ?? (name === undefined || name === '' ? undefined : errnos[name]);
}

function argumentOf({ index, op, value = 0, valueTwo = 0 }: ArgumentCondition): SeccompArgument {
  if (op === 'SCMP_CMP_MASKED_EQ' && (BigInt(valueTwo) & ~BigInt(value)) !== 0n) {
    // libseccomp would take these bits away, and the rule would fit calls that it does not name.
    throw new ScError('SC_UNSUPPORTED', `valueTwo ${valueTwo} has bits that the mask ${value} has not`);
  }
  return { index, op, value, valueTwo };
}

function scopeOf({ caps, arches, minKernel }: NonNullable<ScopeOfFile>): RuleScope {
  return {
    ...(caps && { caps: caps.map(parseCapability) }),
    ...(arches?.length && { arches }),
    ...(minKernel !== undefined && { minKernel }),
  };
}
