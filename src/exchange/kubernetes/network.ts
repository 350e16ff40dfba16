import { type PortText, parsePort, sizeOf } from '../../document/port.ts';
import { filled } from '../filled.ts';
import type { Cluster, KubernetesObject, Runnable } from './cluster.ts';
import { NAME_LABEL } from './metadata.ts';
import type { Source } from './source.ts';

/** How a Pod is called, and by what it finds others. */
export function namesOf({ network = {} }: Runnable, source: Source): object {
  const { hostname, dns = {}, hosts = {} } = network;
  for (const key of ['search', 'options', 'servers']) source.take(`network.dns.${key}`, undefined);
  if (dns.servers !== undefined)
    source.note('network.dns.servers', 'they are asked after those of the cluster');
  const byAddress = Map.groupBy(
    Object.entries(source.take('network.hosts', hosts)),
    ([, address]) => address,
  );
  return {
    hostname: hostname === undefined ? undefined : hostnameOf(hostname, source),
    dnsConfig: filled({
      nameservers: dns.servers,
      searches: dns.search,
      options: dns.options?.map((option) => {
        const [name = '', value] = option.split(':');
        return { name, ...(value !== undefined && { value }) };
      }),
    }),
    hostAliases: [...byAddress].map(([ip, names]) => ({ ip, hostnames: names.map(([name]) => name) })),
  };
}

function hostnameOf(hostname: string, source: Source): string | undefined {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname)) return source.take('network.hostname', hostname);
  source.note(
    'network.hostname',
    'it has to be one label, without capitals: a Pod is called by its own name',
  );
  return undefined;
}

/** What a container serves to who is outside of it. */
export function containerPortsOf({ network }: Runnable): object[] {
  const ports = publishedOf(network?.ports ?? []).map(({ inside, protocol }) => ({ inside, protocol }));
  return once(ports).map(({ inside, protocol }) => ({ containerPort: inside, ...protocolOf(protocol) }));
}

/** Who has no network is left alone by all, as far as the cluster enforces policies. */
export function policyOf(value: Runnable, source: Source, cluster: Cluster): KubernetesObject[] {
  const { mode, networks = [], egress } = value.network ?? {};
  // An empty list is the strictest one, and no empty field.
  if (egress !== undefined)
    source.note('network.egress', 'it may reach everything: a NetworkPolicy knows addresses, and no names');
  if (mode?.startsWith('container:'))
    source.note('network.mode', 'who shares a network is in one Pod: make one of both by hand');
  else source.take('network.mode', mode);
  const isAlone = (mode === undefined || mode === 'none') && networks.length === 0;
  if (!isAlone || value.namespaces?.network?.match(/^host$|:|\//)) return [];
  const name = cluster.nameOf(value.metadata.name);
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: cluster.besides(name, 'NetworkPolicy', 'alone') },
      spec: {
        podSelector: { matchLabels: { [NAME_LABEL]: name } },
        policyTypes: ['Ingress', 'Egress'],
      },
    },
  ];
}

/**
 * By one Service others on a network find it, at whatever it serves, and by another who is outside reaches what it
 * publishes. What is for the machine itself stays within the cluster.
 */
export function servicesOf(value: Runnable, source: Source, cluster: Cluster): KubernetesObject[] {
  const name = cluster.nameOf(value.metadata.name);
  const selector = { [NAME_LABEL]: name };
  const names = namesInNetworks(value, source, cluster);
  const texts = value.network?.ports ?? [];
  for (const [index, text] of texts.entries()) tellPort(text, `network.ports[${index}]`, source);
  const published = publishedOf(texts);
  const outside = published.filter((port) => !isOfMachine(port));
  const inside = names.length > 0 ? [] : published.filter(isOfMachine);
  return [
    ...names.map((each) => serviceCalled(each, { clusterIP: 'None', selector })),
    ...withPorts(() => (names.length === 0 ? name : cluster.besides(name, 'Service', 'published')), outside, {
      type: 'LoadBalancer',
      selector,
    }),
    ...withPorts(() => (outside.length === 0 ? name : cluster.besides(name, 'Service', 'inside')), inside, {
      selector,
    }),
  ];
}

function withPorts(name: () => string, published: readonly Published[], spec: object): KubernetesObject[] {
  if (published.length === 0) return [];
  const ports = published.map(({ port, inside, protocol }) => ({
    name: `${protocol}-${port}`,
    port,
    targetPort: inside,
    ...protocolOf(protocol),
  }));
  return [serviceCalled(name(), { ...spec, ports: once(ports) })];
}

/** Only who is on the machine reaches it. */
function isOfMachine({ address = '' }: { address?: string }): boolean {
  return /^127\.|^::1$/.test(address);
}

function serviceCalled(name: string, spec: object): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec };
}

/** Its name and its aliases, where it is on a network with a name. */
function namesInNetworks({ network = {}, metadata }: Runnable, source: Source, cluster: Cluster): string[] {
  const { mode = 'none', networks = [], aliases = [] } = network;
  const isNamed = !/^(none|host|bridge|container:.*)$/.test(mode) || networks.length > 0;
  if (!isNamed) return [];
  for (const [index, { addresses, mac }] of networks.entries()) {
    const at = `network.networks[${index}]`;
    source.take(`${at}.name`, undefined);
    if (addresses) source.note(`${at}.addresses`, 'a Pod has the address that it is given');
    if (mac) source.note(`${at}.mac`, 'a Pod has the hardware address that it is given');
  }
  const said = [
    ...aliases.map((alias, index) => ({ alias, path: `network.aliases[${index}]` })),
    ...networks.flatMap((one, index) =>
      (one.aliases ?? []).map((alias, each) => ({
        alias,
        path: `network.networks[${index}].aliases[${each}]`,
      })),
    ),
  ];
  const free = said.filter(({ alias, path }) => {
    const isFree = cluster.takeService(alias);
    if (isFree) source.take(path, alias);
    else source.note(path, 'a Service cannot have this name, or another has it');
    return isFree;
  });
  return [cluster.nameOf(metadata.name), ...free.map(({ alias }) => alias)];
}

interface Published {
  /** Of the machine. */
  port: number;
  inside: number;
  protocol: PortText['protocol'];
  address?: string;
}

/** Each port by itself; where the machine chooses, the same as inside. */
function publishedOf(texts: readonly string[]): Published[] {
  return texts.flatMap((text) => {
    const parsed = parsePort(text);
    if (parsed === undefined) return [];
    const { container, host = container, protocol, address } = parsed;
    return Array.from({ length: sizeOf(container) }, (_, index) => ({
      port: host.first + index,
      inside: container.first + index,
      protocol,
      ...(address !== undefined && { address }),
    }));
  });
}

/** What a Service says otherwise than the text of a port. */
function tellPort(text: string, path: string, source: Source): void {
  const { address, host, container } = parsePort(text) ?? {};
  if (address !== undefined && isOfMachine({ address }))
    source.note(path, 'no Service is of one machine: it is reached from within the cluster');
  else if (address !== undefined)
    source.note(path, `a Service has no address of the machine: found "${address}"`);
  else if (host === undefined) source.note(path, 'no free port is chosen: it is the same as inside');
  else if (container && sizeOf(host) !== sizeOf(container))
    source.note(path, `no free port is chosen: it is ${host.first}`);
  else source.take(path, text);
}

/** TCP is what there is without a word. */
function protocolOf(protocol: PortText['protocol']): object {
  return protocol === 'udp' ? { protocol: 'UDP' } : {};
}

function once<Value extends object>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
