/** A filter as data, in the JSON form of docker's and podman's profiles. */
export interface SeccompProfile {
  /** For calls that no rule allows. */
  defaultAction: 'SCMP_ACT_ERRNO';
  defaultErrnoRet: number;
  /** Calls with a number above this one are answered ENOSYS. */
  newestSyscall: number;
  /** A processor and the other instruction sets that its kernels serve; held to the same rules. */
  archMap: readonly { architecture: string; subArchitectures: readonly string[] }[];
  syscalls: readonly ConditionalRule[];
}

export interface SeccompRule {
  names: readonly string[];
  action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  /** With SCMP_ACT_ERRNO; EPERM if not given. */
  errnoRet?: number;
  /** All must hold; several rules for one name are alternatives. */
  args?: readonly SeccompArgument[];
}

/** A comparison of one argument (seccomp_rule_add(3)). */
export interface SeccompArgument {
  /** 0 to 5. */
  index: number;
  op:
    | 'SCMP_CMP_NE'
    | 'SCMP_CMP_LT'
    | 'SCMP_CMP_LE'
    | 'SCMP_CMP_EQ'
    | 'SCMP_CMP_GE'
    | 'SCMP_CMP_GT'
    | 'SCMP_CMP_MASKED_EQ';
  /** What the argument is compared with; with SCMP_CMP_MASKED_EQ, the mask. */
  value: number;
  /** With SCMP_CMP_MASKED_EQ, what the masked argument is compared with. */
  valueTwo?: number;
}

export interface ConditionalRule extends SeccompRule {
  /** The rule counts only where all of these capabilities are granted. */
  includes?: { caps: readonly string[] };
  /** The rule counts only where none of these is. */
  excludes?: { caps: readonly string[] };
}

/** The rules of a profile that count for a container with these capabilities. */
export function selectRules(profile: SeccompProfile, capabilities: readonly string[]): SeccompRule[] {
  const granted = (name: string): boolean => capabilities.includes(name);
  return profile.syscalls
    .filter(
      ({ includes, excludes }) => (includes?.caps ?? []).every(granted) && !excludes?.caps.some(granted),
    )
    .map(({ includes, excludes, ...rule }) => rule);
}
