import { capabilityMask, capabilityNames } from '../../linux/capabilities.ts';
import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';
import { namespacesOf } from './config.ts';
import { pointsOf } from './hooks.ts';
import { renderSeccomp } from './seccomp.ts';

/**
 * What a runtime says of itself (features.md of the runtime specification), as far as containers here depend on it.
 * What it does not speak of is not known, and what is an empty list it does not have.
 */
export interface Offer {
  namespaces: readonly string[] | undefined;
  capabilities: readonly string[] | undefined;
  /** Points at which it runs hooks. */
  hooks: readonly string[] | undefined;
  /** Versions of control groups that it does not know. */
  unknownCgroups: readonly (1 | 2)[];
  seccomp: SeccompOffer | undefined;
}

interface SeccompOffer {
  enabled: boolean | undefined;
  actions: readonly string[] | undefined;
  operators: readonly string[] | undefined;
  architectures: readonly string[] | undefined;
}

/** Undefined where the text is none of the specification: many runtimes are older than that part of it. */
export function parseOffer(text: string): Offer | undefined {
  const whole = parsed(text);
  const linux = member(whole, 'linux');
  if (linux === undefined) return undefined;
  const [cgroup, seccomp] = [member(linux, 'cgroup'), member(linux, 'seccomp')];
  const enabled = seccomp?.enabled;
  return {
    namespaces: words(linux.namespaces),
    capabilities: words(linux.capabilities),
    hooks: isMembers(whole) ? words(whole.hooks) : undefined,
    unknownCgroups: ([1, 2] as const).filter((version) => cgroup?.[`v${version}`] === false),
    seccomp: seccomp && {
      enabled: typeof enabled === 'boolean' ? enabled : undefined,
      actions: words(seccomp.actions),
      operators: words(seccomp.operators),
      architectures: words(seccomp.archs),
    },
  };
}

/** As much of a container as is looked at. */
export type Judged = {
  hooks?: ContainerSpec['hooks'];
  network: Pick<ContainerSpec['network'], 'mode'>;
  security: Pick<ContainerSpec['security'], 'capabilities' | 'seccomp' | 'userNamespace'>;
};

/** Why the containers of a runtime have the users of the host; undefined where nothing is known against their own. */
export function lackOfUsers(offer: Offer | undefined, words: string): string | undefined {
  return lacks(offer?.namespaces, ['user']).length === 0
    ? undefined
    : `${words} says that it makes no user namespaces`;
}

/** What of a container a runtime does not offer; nothing of one of which nothing is known. */
export function refusedByOffer(
  { security, network, hooks }: Judged,
  offer: Offer | undefined,
  host: { mode: HostCgroups['mode']; architecture: string; words: string },
): Unsupported[] {
  if (offer === undefined) return [];
  const expected = 'another runtime, or --backend native';
  const refuse = (path: string, what: string) => ({
    path,
    reason: `${host.words} says that ${what}`,
    expected,
  });
  const version = host.mode === 'v2' ? 2 : 1;
  return [
    ...lacks(offer.namespaces, namespacesOf({ network, security })).map((type) =>
      refuse(
        type === 'user' ? 'security.userNamespace' : `namespaces.${type}`,
        `it makes no ${type} namespaces`,
      ),
    ),
    ...lacks(offer.capabilities, capabilityNames(capabilityMask(security.capabilities))).map((name) =>
      refuse('security.capabilities.add', `it does not know ${name}`),
    ),
    ...lacks(offer.hooks, pointsOf(hooks)).map((point) => refuse(`hooks.${point}`, `it runs no such hooks`)),
    ...(offer.unknownCgroups.includes(version)
      ? [
          refuse(
            'resources.pids',
            `it does not know control groups of version ${version}, which this host has`,
          ),
        ]
      : []),
    ...seccompGaps(security, offer.seccomp, host.architecture).map((what) =>
      refuse('security.seccomp', what),
    ),
  ];
}

function seccompGaps(
  asked: Pick<ContainerSpec['security'], 'capabilities' | 'seccomp'>,
  offered: SeccompOffer | undefined,
  architecture: string,
): string[] {
  const filter = renderSeccomp(asked, architecture);
  if (filter === undefined || offered === undefined) return [];
  if (offered.enabled === false) return ['it filters no system calls'];
  const { syscalls, defaultAction } = filter;
  const actions = new Set([defaultAction, ...syscalls.map(({ action }) => action)]);
  const operators = new Set(syscalls.flatMap(({ args = [] }) => args.map(({ op }) => op)));
  const unknown = [
    ...lacks(offered.actions, [...actions]),
    ...lacks(offered.operators, [...operators]),
    ...lacks(offered.architectures, [architecture]),
  ];
  return unknown.map((name) => `its filters do not know ${name}`);
}

/** What is wanted and not had; nothing where it is not known what is had. */
function lacks(has: readonly string[] | undefined, wanted: readonly string[]): string[] {
  return has === undefined ? [] : wanted.filter((one) => !has.includes(one));
}

type Members = Readonly<Record<string, unknown>>;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function member(value: unknown, key: string): Members | undefined {
  const inner = isMembers(value) ? value[key] : undefined;
  return isMembers(inner) ? inner : undefined;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}
