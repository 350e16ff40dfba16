import { defaultProfile } from '../../linux/seccomp/default-profile.ts';
import { ownProfile } from '../../linux/seccomp/own-profile.ts';
import { isPermissive, type SeccompRule, selectRules } from '../../linux/seccomp/profile.ts';
import type { SecuritySpec } from '../../schema/container-spec.ts';

/** `linux.seccomp` of the runtime specification. */
export interface Seccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures: string[];
  syscalls: {
    names: string[];
    action: string;
    errnoRet?: number;
    args?: { index: number; value: bigint; valueTwo: bigint; op: string }[];
  }[];
}

const EPERM = 1;

/** The rules that count for this container on this host; undefined for `unconfined`. */
export function renderSeccomp(
  { seccomp, capabilities }: Pick<SecuritySpec, 'seccomp' | 'capabilities'>,
  architecture: string,
): Seccomp | undefined {
  if (seccomp === 'unconfined') return undefined;
  const profile = seccomp === 'default' ? defaultProfile : ownProfile(seccomp.profile, architecture);
  const family = profile.archMap.find((entry) => entry.architecture === architecture);
  const { defaultAction, defaultErrnoRet } = profile;
  const isDefault = ({ action, errnoRet = EPERM }: SeccompRule) =>
    action === defaultAction && (action !== 'SCMP_ACT_ERRNO' || errnoRet === defaultErrnoRet);
  return {
    defaultAction,
    ...(!isPermissive(defaultAction) && defaultAction === 'SCMP_ACT_ERRNO' && { defaultErrnoRet }),
    architectures: [architecture, ...(family?.subArchitectures ?? [])],
    // libseccomp refuses a rule that says what happens anyway.
    syscalls: selectRules(profile, capabilities)
      .filter((rule) => !isDefault(rule) && rule.names.length > 0)
      .map(({ names, action, errnoRet, args }) => ({
        names: [...names],
        action,
        ...(action === 'SCMP_ACT_ERRNO' && { errnoRet: errnoRet ?? EPERM }),
        ...(args?.length && {
          args: args.map(({ index, op, value, valueTwo = 0 }) => ({
            index,
            value: BigInt(value),
            valueTwo: BigInt(valueTwo),
            op,
          })),
        }),
      })),
  };
}
