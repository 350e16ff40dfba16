// Generated from schema/seccomp-profile.schema.json by `npm run generate`; not to be edited.

/**
 * A system call filter of one's own, in the JSON form that docker and podman read too. Numbers
 * are exact up to 64 bits.
 */
export interface SeccompProfile {
  /** What happens to calls that no rule names. */
  defaultAction: SeccompAction;
  /** With SCMP_ACT_ERRNO, the error number of calls that no rule names. Without it 1, EPERM. */
  defaultErrnoRet?: ErrorNumber;
  /** The same by its name. */
  defaultErrno?: ErrorName;
  /**
   * Instruction sets that the rules are for; calls of all others are killed. Without it and archMap
   * the machine's own alone.
   */
  architectures?: Architecture[] | null;
  /** The same for several processors: of each, the instruction sets that its kernel serves too. */
  archMap?: ArchitectureFamily[] | null;
  /** The rules. Those for one name are alternatives. */
  syscalls?: SyscallRule[] | null;
}

/**
 * What happens to a call: allowed, allowed and logged, answered with an error, signalled
 * (SIGSYS), or the thread or process killed.
 */
export type SeccompAction =
  | 'SCMP_ACT_ALLOW'
  | 'SCMP_ACT_LOG'
  | 'SCMP_ACT_ERRNO'
  | 'SCMP_ACT_TRAP'
  | 'SCMP_ACT_KILL'
  | 'SCMP_ACT_KILL_THREAD'
  | 'SCMP_ACT_KILL_PROCESS';

/** An error number of the kernel. */
export type ErrorNumber = number;

/** The name of an error of the kernel. */
export type ErrorName = string;

/** An instruction set, as libseccomp names it. */
export type Architecture =
  | 'SCMP_ARCH_X86'
  | 'SCMP_ARCH_X86_64'
  | 'SCMP_ARCH_X32'
  | 'SCMP_ARCH_ARM'
  | 'SCMP_ARCH_AARCH64'
  | 'SCMP_ARCH_LOONGARCH64'
  | 'SCMP_ARCH_M68K'
  | 'SCMP_ARCH_MIPS'
  | 'SCMP_ARCH_MIPS64'
  | 'SCMP_ARCH_MIPS64N32'
  | 'SCMP_ARCH_MIPSEL'
  | 'SCMP_ARCH_MIPSEL64'
  | 'SCMP_ARCH_MIPSEL64N32'
  | 'SCMP_ARCH_PARISC'
  | 'SCMP_ARCH_PARISC64'
  | 'SCMP_ARCH_PPC'
  | 'SCMP_ARCH_PPC64'
  | 'SCMP_ARCH_PPC64LE'
  | 'SCMP_ARCH_RISCV64'
  | 'SCMP_ARCH_S390'
  | 'SCMP_ARCH_S390X'
  | 'SCMP_ARCH_SH'
  | 'SCMP_ARCH_SHEB';

/** A processor and the instruction sets that its kernel serves beside its own. */
export interface ArchitectureFamily {
  /** The processor's own. */
  architecture: Architecture;
  /** The others. Calls of those that are not here are killed. */
  subArchitectures?: Architecture[] | null;
}

/** What happens to some calls. */
export interface SyscallRule {
  /** Names of the calls. */
  names?: SyscallName[];
  /** The one name, as older profiles have it. */
  name?: SyscallName;
  /** What happens to these calls. */
  action: SeccompAction;
  /** With SCMP_ACT_ERRNO, the error number. Without it 1, EPERM. */
  errnoRet?: ErrorNumber;
  /** The same by its name. */
  errno?: ErrorName;
  /** Conditions on the arguments, all of which have to hold. */
  args?: ArgumentCondition[] | null;
  /** A remark for people. */
  comment?: string;
  /**
   * The rule counts only where the container has all of these capabilities, the machine is one of
   * these, and its kernel is at least this one.
   */
  includes?: RuleScope;
  /**
   * The rule does not count where the container has one of these capabilities, the machine is one
   * of these, or its kernel is at least this one.
   */
  excludes?: RuleScope;
}

/** Name of a system call. */
export type SyscallName = string;

/** A comparison of one argument, all 64 bits of it. */
export interface ArgumentCondition {
  /** Which argument, counted from 0. */
  index: number;
  /** What it is compared with; with SCMP_CMP_MASKED_EQ, the mask. Without it 0. */
  value?: number;
  /** With SCMP_CMP_MASKED_EQ, what the masked argument is compared with. Without it 0. */
  valueTwo?: number;
  /**
   * Which comparison: not equal, less, less or equal, equal, greater or equal, greater, or equal
   * under a mask.
   */
  op:
    | 'SCMP_CMP_NE'
    | 'SCMP_CMP_LT'
    | 'SCMP_CMP_LE'
    | 'SCMP_CMP_EQ'
    | 'SCMP_CMP_GE'
    | 'SCMP_CMP_GT'
    | 'SCMP_CMP_MASKED_EQ';
}

/** Where a rule counts, or does not. */
export type RuleScope = {
  /** Capabilities of the container, such as CAP_SYS_ADMIN. */
  caps?: string[] | null;
  /** Machines, by docker's names of them. */
  arches?:
    | (
        | '386'
        | 'x86'
        | 'amd64'
        | 'x32'
        | 'arm'
        | 'arm64'
        | 'loong64'
        | 'mips'
        | 'mips64'
        | 'mips64n32'
        | 'mipsel'
        | 'mipsel64'
        | 'mipsel64n32'
        | 'ppc'
        | 'ppc64'
        | 'ppc64le'
        | 'riscv64'
        | 's390'
        | 's390x'
      )[]
    | null;
  /** The oldest kernel for which it holds. */
  minKernel?: string;
} | null;
