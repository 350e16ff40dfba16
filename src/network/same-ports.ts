import { isDeepStrictEqual } from 'node:util';
import type { PortSpec } from '../schema/container-spec.ts';
import type { PublishedPort } from '../schema/container-state.ts';

/** Which of the published ports each of these is, and none twice; those that leave least choice first. */
export function samePorts(
  ports: readonly PortSpec[],
  published: readonly PublishedPort[],
): (PublishedPort | undefined)[] {
  const left = [...published];
  const found = new Map<PortSpec, PublishedPort>();
  for (const port of ports.toSorted((one, other) => choiceOf(one) - choiceOf(other))) {
    const index = left.findIndex((each) => isOf(each, port));
    const [same] = index === -1 ? [] : left.splice(index, 1);
    if (same !== undefined) found.set(port, same);
  }
  return ports.map((port) => found.get(port));
}

/**
 * Those of the published ports that may stay when `before` becomes `after`: one that was asked for by its number, and is
 * no more, is to go, and nothing that takes any port is to get it.
 */
export function remainingPorts(
  before: readonly PortSpec[],
  published: readonly PublishedPort[],
  after: readonly PortSpec[],
): PublishedPort[] {
  const same = samePorts(before, published);
  const isGone = (port: PortSpec) =>
    choiceOf(port) === 0 && !after.some((other) => isDeepStrictEqual(port, other));
  const gone = new Set(before.flatMap((port, index) => (isGone(port) ? same[index] : [])));
  return published.filter((port) => !gone.has(port));
}

function choiceOf({ hostPorts }: PortSpec): number {
  return hostPorts === undefined ? Number.MAX_SAFE_INTEGER : hostPorts.last - hostPorts.first;
}

function isOf({ containerPort, protocol, addresses, hostPort }: PublishedPort, wanted: PortSpec): boolean {
  const { first, last } = wanted.hostPorts ?? { first: 1, last: 65535 };
  const isSame = containerPort === wanted.containerPort && protocol === wanted.protocol;
  const isThere = addresses.every((address) => wanted.addresses.includes(address));
  return isSame && isThere && first <= hostPort && hostPort <= last;
}
