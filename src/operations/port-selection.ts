import { isDeepStrictEqual } from 'node:util';
import { ScError } from '../errors/error.ts';
import { samePorts } from '../network/same-ports.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import type { ContainerState, PublishedPort } from '../schema/container-state.ts';
import type { UnpublishedPort, UpdateRequest } from '../schema/operations/update.ts';

/**
 * The ports that a container publishes after a change; undefined for one that names none. Throws SC_NOT_FOUND for one
 * that is to go and is not there.
 */
export function changedPorts(
  { name, spec, ports = [] }: Pick<ContainerState, 'name' | 'spec' | 'ports'>,
  { publish, unpublish = [] }: Pick<UpdateRequest, 'publish' | 'unpublish'>,
): PortSpec[] | undefined {
  if (publish === undefined && unpublish.length === 0) return undefined;
  const before = spec.network.ports ?? [];
  const published = samePorts(before, ports);
  const isMeant = (selection: UnpublishedPort, index: number) =>
    isPart(selection, before[index], published[index]);
  const missing = unpublish.find((selection) => !before.some((_, index) => isMeant(selection, index)));
  if (missing !== undefined)
    throw new ScError('SC_NOT_FOUND', `unpublish ${textOf(missing)}: it is not published`, {
      hint: `sc port ${name} shows those that are`,
    });
  const left = before.filter((_, index) => !unpublish.some((selection) => isMeant(selection, index)));
  const isThere = (port: PortSpec) =>
    port.hostPorts?.first === port.hostPorts?.last &&
    port.hostPorts !== undefined &&
    left.some((one) => isDeepStrictEqual(one, port));
  return [...left, ...(publish ?? []).filter((port) => !isThere(port))];
}

/** A port without one of the machine is at that which was found for it. */
function isPart(
  { containerPort, protocol, hostPorts, address }: UnpublishedPort,
  port: PortSpec | undefined,
  published: PublishedPort | undefined,
): boolean {
  if (port?.containerPort !== containerPort || port.protocol !== protocol) return false;
  const at = published === undefined ? port.hostPorts : range(published.hostPort);
  const isThere =
    hostPorts === undefined ||
    (at !== undefined && hostPorts.first <= at.first && at.last <= hostPorts.last) ||
    isDeepStrictEqual(port.hostPorts, hostPorts);
  return isThere && (address === undefined || isDeepStrictEqual(port.addresses, [address]));
}

function range(port: number): PortSpec['hostPorts'] {
  return { first: port, last: port };
}

/** As on the command line. */
function textOf({ containerPort, protocol, hostPorts, address }: UnpublishedPort): string {
  const host = hostPorts && [...new Set([hostPorts.first, hostPorts.last])].join('-');
  const shown = address?.includes(':') ? `[${address}]` : address;
  const parts = [shown, host ?? (shown && ''), containerPort].filter((part) => part !== undefined);
  return `${parts.join(':')}/${protocol}`;
}
