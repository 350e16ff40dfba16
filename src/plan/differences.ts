import { isDeepStrictEqual } from 'node:util';
import type { ContainerSpec, PortSpec } from '../schema/container-spec.ts';
import type { FieldChange } from '../schema/plan.ts';

/** What is otherwise in another container than in one, field by field, but for what is each container's own. */
export function differences(
  before: ContainerSpec,
  after: ContainerSpec,
  { comparesMaps }: { comparesMaps: boolean },
): FieldChange[] {
  const [one, other] = [before, after].map((spec) => comparable(spec, comparesMaps));
  return changesBetween(one, other, '');
}

/** Those fields that a container can get while it runs. */
export function isLive({ path, before, after }: FieldChange): boolean {
  if (path === 'network.ports') return !hinderEachOther(portsOf(before), portsOf(after));
  return /^(labels\.|monitor\.restart\.|resources\.(?!rlimits|oomScoreAdjust|shm|hugetlb))/.test(path);
}

function portsOf(value: unknown): readonly PortSpec[] {
  return Array.isArray(value) ? value : [];
}

/** A port of the machine cannot be had at all of its addresses while it is held at one of them, and not the other way round. */
function hinderEachOther(before: readonly PortSpec[], after: readonly PortSpec[]): boolean {
  return before.some((held) =>
    after.some((wanted) => {
      const [one, other] = [held.hostPorts, wanted.hostPorts];
      if (one === undefined || other === undefined || held.protocol !== wanted.protocol) return false;
      if (one.last < other.first || other.last < one.first) return false;
      const going = held.addresses.filter((address) => !wanted.addresses.includes(address));
      const coming = wanted.addresses.filter((address) => !held.addresses.includes(address));
      return going.some((address) => coming.some((another) => overlap(address, another)));
    }),
  );
}

function overlap(one: string, other: string): boolean {
  const isAll = (address: string) => address === '0.0.0.0' || address === '::';
  return one.includes(':') === other.includes(':') && (isAll(one) || isAll(other));
}

/** Maps of users are each container's own where its file does not say them, and so is its name as a machine. */
function comparable(
  { id, network, security, mounts, ...spec }: ContainerSpec,
  comparesMaps: boolean,
): object {
  const { hostname, ...named } = network;
  const { userNamespace, ...rest } = security;
  const own = userNamespace === undefined ? 'host' : comparesMaps ? userNamespace : 'private';
  return {
    ...spec,
    network: hostname === id.slice(0, 12) ? named : network,
    security: { ...rest, userNamespace: own },
    mounts: Object.fromEntries(mounts.map((mount) => [mount.target, mount])),
  };
}

/** What is told as a whole: a list, and what has no fields of its own in a file. */
const wholes: readonly string[] = ['image', 'security.userNamespace', 'security.seccomp'];

/** The same of any two values at a path. */
export function changesBetween(before: unknown, after: unknown, path: string): FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after) || wholes.includes(path) || /^mounts\[/.test(path))
    return [
      {
        path,
        ...(before !== undefined && { before: told(path, before) }),
        ...(after !== undefined && { after: told(path, after) }),
      },
    ];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => {
    const inner = path === '' ? key : path === 'mounts' ? `mounts[${key}]` : `${path}.${key}`;
    return changesBetween(before[key], after[key], inner);
  });
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of a profile of system calls its path, as in the file. */
function told(path: string, value: unknown): unknown {
  return path === 'security.seccomp' && isMap(value) ? value.path : value;
}
