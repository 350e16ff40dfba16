import type { ContainerSpec } from '../../schema/container-spec.ts';
import { filled } from '../filled.ts';

/** The network of a container, and how it finds others. */
export function networkOf({ id, network }: ContainerSpec): object | undefined {
  const { mode, container, networks = [], hostname, domainName, dns, hosts, ports = [], egress } = network;
  const attachments = networks.map(({ name, addresses, mac, aliases }) => ({
    name,
    ...filled({ addresses, mac, aliases }),
  }));
  const [only] = attachments;
  const isPlain = attachments.length === 1 && only !== undefined && Object.keys(only).length === 1;
  const said = { none: undefined, host: 'host', container: `container:${container}`, network: undefined }[
    mode
  ];
  return filled({
    mode: said ?? (isPlain ? only.name : undefined),
    networks: isPlain ? undefined : attachments,
    hostname: hostname === id.slice(0, 12) ? undefined : hostname,
    domainName,
    ports: ports.map(portText),
    dns: filled(dns),
    hosts,
    // An empty list allows nothing, and is no empty field.
    ...(egress && { egress: [...egress.addresses.map(withoutWhole), ...egress.names] }),
  });
}

/** An address alone, where the range is one. */
function withoutWhole(range: string): string {
  return range.replace(range.includes(':') ? /\/128$/ : /\/32$/, '');
}

type PortSpec = NonNullable<ContainerSpec['network']['ports']>[number];

/** As a container file has it: at all addresses without a word, at a free port of the machine where none is said. */
function portText({ containerPort, protocol, addresses, hostPorts }: PortSpec): string {
  const [address = '', ...others] = addresses;
  const host = hostPorts === undefined ? '' : [...new Set([hostPorts.first, hostPorts.last])].join('-');
  const at = address.includes(':') ? `[${address}]` : address;
  const before = others.length === 0 ? `${at}:${host}:` : host === '' ? '' : `${host}:`;
  return `${before}${containerPort}${protocol === 'udp' ? '/udp' : ''}`;
}
