import type { ArgumentCondition, SeccompAction } from '../../schema/seccomp-profile.ts';
import { kernelRelease } from '../kernel.ts';
import { isAtLeast } from '../kernel-version.ts';

/** A filter as data, in the JSON form of docker's and podman's profiles, every value filled in. */
export interface SeccompProfile {
  /** For calls that no rule names. */
  defaultAction: SeccompAction;
  defaultErrnoRet: number;
  /** Where the rest is denied, calls with a number above this one are answered ENOSYS. */
  newestSyscall: number;
  /** A processor and the other instruction sets that its kernels serve; held to the same rules. */
  archMap: readonly { architecture: string; subArchitectures: readonly string[] }[];
  syscalls: readonly ConditionalRule[];
}

export interface SeccompRule {
  names: readonly string[];
  action: SeccompAction;
  /** With SCMP_ACT_ERRNO; EPERM if not given. */
  errnoRet?: number;
  /** All must hold; several rules for one name are alternatives. */
  args?: readonly SeccompArgument[];
}

/** A comparison of one argument (seccomp_rule_add(3)). */
export interface SeccompArgument {
  /** 0 to 5. */
  index: number;
  op: ArgumentCondition['op'];
  /** What the argument is compared with; with SCMP_CMP_MASKED_EQ, the mask. */
  value: number | bigint;
  /** With SCMP_CMP_MASKED_EQ, what the masked argument is compared with. */
  valueTwo?: number | bigint;
}

/** Capabilities, machines by docker's names of them, and a version of the kernel, such as `4.8`. */
export interface RuleScope {
  caps?: readonly string[];
  arches?: readonly string[];
  minKernel?: string;
}

export interface ConditionalRule extends SeccompRule {
  /** The rule counts only where all of these capabilities are granted, and the host is such. */
  includes?: RuleScope;
  /** The rule counts only where none of these is granted, and the host is not such. */
  excludes?: RuleScope;
}

/** What rules ask of the host. */
interface RuleHost {
  /** As docker names it. */
  machine: string;
  /** As uname(2) has it. */
  kernel: string;
}

const machines: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

export function thisHost(): RuleHost {
  return { machine: machines[process.arch] ?? process.arch, kernel: kernelRelease() };
}

/** The rules of a profile that count for a container with these capabilities. */
export function selectRules(
  profile: SeccompProfile,
  capabilities: readonly string[],
  host: RuleHost = thisHost(),
): SeccompRule[] {
  const granted = (name: string): boolean => capabilities.includes(name);
  const counts = ({ includes = {}, excludes = {} }: ConditionalRule): boolean =>
    (includes.caps ?? []).every(granted) &&
    (includes.arches?.includes(host.machine) ?? true) &&
    (includes.minKernel === undefined || isAtLeast(host.kernel, includes.minKernel)) &&
    !excludes.caps?.some(granted) &&
    !excludes.arches?.includes(host.machine) &&
    !(excludes.minKernel !== undefined && isAtLeast(host.kernel, excludes.minKernel));
  return profile.syscalls.filter(counts).map(({ includes, excludes, ...rule }) => rule);
}

/** Whether an action lets a call be made. */
export function isPermissive(action: SeccompAction): boolean {
  return action === 'SCMP_ACT_ALLOW' || action === 'SCMP_ACT_LOG';
}
