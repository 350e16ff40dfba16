import type { ContainerNetwork } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import { pairs } from './merge.ts';
import type { Project } from './project.ts';

interface Attached {
  name: string;
  addresses?: string[];
  mac?: string;
  aliases?: string[];
}

const modes: readonly string[] = ['none', 'host', 'bridge'];

/** Networks, names and ports. */
export function networkOf(service: Item, project: Project): ContainerNetwork | undefined {
  const mode = modeOf(service, project);
  const attached = mode === undefined ? attachedOf(service, project) : [];
  const [only] = attached;
  const isPlain = attached.length === 1 && only !== undefined && Object.keys(only).length === 1;
  return filled({
    mode: mode ?? (isPlain ? only.name : undefined),
    networks: isPlain ? undefined : attached,
    hostname: service.get('hostname')?.text(),
    domainName: service.get('domainname')?.text(),
    ports: portsOf(service, mode),
    dns: filled({
      servers: texts(service, 'dns'),
      search: texts(service, 'dns_search'),
      options: texts(service, 'dns_opt'),
    }),
    hosts: hostsOf(service),
  }) as ContainerNetwork | undefined;
}

function modeOf(service: Item, project: Project): string | undefined {
  const item = service.get('network_mode');
  if (item === undefined) return undefined;
  const text = item.now();
  const [, other] = /^service:(.+)$/.exec(text) ?? [];
  if (other !== undefined) return `container:${project.nameOf(other)}`;
  if (modes.includes(text) || text.startsWith('container:')) return text;
  item.problem(`found ${JSON.stringify(text)}`, 'none, host, bridge, service:NAME or container:NAME');
  return undefined;
}

function attachedOf(service: Item, project: Project): Attached[] {
  const networks = service.get('networks');
  if (networks === undefined) return [{ name: project.network('default', service) }];
  const entries = networks.isMap
    ? networks.entries()
    : networks.items().map((item) => [item.now(), item] as const);
  return entries.map(([key, item]) => {
    const attached = networks.isMap ? item : undefined;
    for (const [name, value] of attached?.entries() ?? []) {
      if (
        !['aliases', 'ipv4_address', 'ipv6_address', 'mac_address'].includes(name) &&
        !name.startsWith('x-')
      )
        value.note(`"${name}" of a network has no counterpart`);
    }
    const addresses = ['ipv4_address', 'ipv6_address'].flatMap((name) => attached?.get(name)?.text() ?? []);
    const aliases = (attached?.get('aliases')?.items() ?? []).map((alias) => alias.text());
    const mac = (attached?.get('mac_address') ?? service.get('mac_address'))?.text();
    return {
      name: project.network(key, item),
      ...(addresses.length > 0 && { addresses }),
      ...(mac !== undefined && { mac }),
      ...(aliases.length > 0 && { aliases }),
    };
  });
}

function portsOf(service: Item, mode: string | undefined): string[] {
  const ports = service.get('ports');
  if (ports === undefined) return [];
  if (mode !== undefined && mode !== 'bridge') {
    ports.note(`ports are not published where the network is "${mode}"`);
    return [];
  }
  return ports.items().flatMap((port) => (port.isMap ? longPort(port) : port.text()));
}

function longPort(port: Item): string[] {
  const target = port.get('target')?.text();
  if (target === undefined) {
    port.problem('missing key "target"');
    return [];
  }
  const protocol = port.get('protocol')?.now();
  if (protocol === 'sctp') port.note('a port of SCTP is not published');
  const address = port.get('host_ip')?.text();
  const host = address?.includes(':') ? `[${address}]` : address;
  const published = port.get('published')?.text();
  const before = host === undefined ? published : `${host}:${published ?? ''}`;
  const text = `${before === undefined ? '' : `${before}:`}${target}`;
  return protocol === 'sctp' ? [] : [protocol === 'udp' ? `${text}/udp` : text];
}

function texts(service: Item, key: string): string[] {
  return (service.get(key)?.items() ?? []).map((item) => item.text());
}

/** `name:address`, `name=address`, or a map. */
function hostsOf(service: Item): ContainerNetwork['hosts'] {
  const extra = service.get('extra_hosts');
  const hosts: { [name: string]: string } = {};
  for (const [name, item] of extra === undefined ? [] : pairs(extra, /[=:]/)) {
    const [address] = item.items();
    if (address?.now() === 'host-gateway') item.note('"host-gateway" has no counterpart: name an address');
    else if (address !== undefined) hosts[name] = address.text().replace(/^\[(.*)\]$/, '$1');
  }
  return hosts;
}
