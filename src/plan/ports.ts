import { type PortText, parsePort, sizeOf } from '../document/port.ts';
import type { ContainerNetwork } from '../schema/container-file.ts';
import type { PortSpec } from '../schema/container-spec.ts';
import type { ImageProcess } from '../schema/image/config.ts';
import type { Fields } from './fields.ts';
import { exposedPorts } from './image-facts.ts';

/** All addresses of the machine. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

interface PortsContext {
  image: { config: ImageProcess } | undefined;
  /** Where ports are published that name no address; without it at all addresses. */
  publishAddress?: string | undefined;
}

/** The ports that a container publishes, one each; undefined where it publishes none. */
export function compilePorts(
  { ports, publishAll }: ContainerNetwork,
  { image, publishAddress }: PortsContext,
  fields: Fields,
): PortSpec[] | undefined {
  if (ports === undefined && publishAll === undefined) return undefined;
  const texts = fields.take('network.ports', ports, []);
  const isAll = publishAll !== undefined && fields.take('network.publishAll', publishAll, false);
  const said = texts.flatMap((text) => portsOf(text, publishAddress));
  const isSaid = (port: PortSpec) =>
    said.some(
      ({ containerPort, protocol }) => containerPort === port.containerPort && protocol === port.protocol,
    );
  const exposed = isAll && image !== undefined ? exposedPorts(image.config) : [];
  const more = exposed.flatMap((text) => portsOf(text, publishAddress)).filter((port) => !isSaid(port));
  const all = [...said, ...more];
  return all.length === 0 ? undefined : all;
}

/** What the text of a published port stands for; nothing for what is none. */
export function portsOf(text: string, publishAddress?: string): PortSpec[] {
  const parsed = parsePort(text);
  if (parsed === undefined) return [];
  const { address = publishAddress, container, host, protocol } = parsed;
  const addresses = address === undefined ? [...EVERYWHERE] : [address];
  return Array.from({ length: Math.max(0, sizeOf(container)) }, (_, index) => {
    const hostPorts = hostPortsOf(host, container, index);
    return { containerPort: container.first + index, protocol, addresses, ...(hostPorts && { hostPorts }) };
  });
}

/** A range for a single port is one of which any will do; for a range it is one each. */
function hostPortsOf(
  host: PortText['host'],
  container: PortText['container'],
  index: number,
): PortSpec['hostPorts'] {
  if (host === undefined || sizeOf(container) === 1) return host;
  return { first: host.first + index, last: host.first + index };
}
