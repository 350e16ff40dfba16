import type { Attachment, ContainerNetwork, Namespaces } from '../schema/container-file.ts';
import type { AttachmentSpec, ContainerSpec } from '../schema/container-spec.ts';
import { compileEgress } from './egress.ts';
import type { Fields } from './fields.ts';
import { sameAddress } from './networks.ts';
import { compilePorts } from './ports.ts';

interface NetworkOfFile {
  network?: ContainerNetwork;
  namespaces?: Namespaces;
}

/** The network of a container, how it finds others, and how it is found. */
export function compileNetwork(
  { network = {}, namespaces = {} }: NetworkOfFile,
  { id, ...context }: Parameters<typeof compilePorts>[1] & { id: string },
  fields: Fields,
): ContainerSpec['network'] {
  const { domainName, dns = {} } = network;
  const ports = compilePorts(network, context, fields);
  return {
    ...compileMode(network, namespaces.network, fields),
    hostname: fields.take('network.hostname', network.hostname, id.slice(0, 12)),
    ...(domainName !== undefined && { domainName: fields.take('network.domainName', domainName, '') }),
    dns: {
      servers: fields.take('network.dns.servers', dns.servers, []),
      search: fields.take('network.dns.search', dns.search, []),
      options: fields.take('network.dns.options', dns.options, []),
    },
    hosts: fields.take('network.hosts', network.hosts, {}),
    ...(network.egress !== undefined && {
      egress: fields.convert('network.egress', network.egress, { addresses: [], names: [] }, compileEgress),
    }),
    ...(ports && { ports }),
  };
}

/** The namespace says it where the mode does not; a check has seen to it that they do not contradict each other. */
function compileMode(
  { mode, networks, aliases }: ContainerNetwork,
  namespace: string | undefined,
  fields: Fields,
): Pick<ContainerSpec['network'], 'mode' | 'networks' | 'container'> {
  if (networks !== undefined && networks.length > 0) {
    const known = fields.take('network.aliases', aliases, []);
    const attachments = fields.convert('network.networks', networks, [], (all) =>
      all.map((place) => compileAttachment(place, known)),
    );
    return { mode: 'network', networks: attachments };
  }
  const said = mode ?? (namespace === 'private' ? undefined : namespace);
  const wanted = fields.take('network.mode', said, 'none');
  const [, container] = /^container:(.+)$/.exec(wanted) ?? [];
  if (container !== undefined) return { mode: 'container', container };
  if (wanted === 'host' || wanted === 'none') return { mode: wanted };
  const known = fields.take('network.aliases', aliases, []);
  return { mode: 'network', networks: [compileAttachment({ name: wanted }, known)] };
}

/** Names that hold in all networks hold in this one too. */
function compileAttachment(
  { name, addresses = [], mac, aliases = [] }: Attachment,
  known: readonly string[],
): AttachmentSpec {
  return {
    name,
    addresses: addresses.map(sameAddress),
    ...(mac !== undefined && { mac: mac.toLowerCase() }),
    aliases: [...new Set([...known, ...aliases])],
  };
}

/** What root of a user namespace of its own is to know of a network that is not of that namespace. */
export function remarkOnNetwork({ network, security }: ContainerSpec, fields: Fields): void {
  if (network.mode === 'none' || network.mode === 'network' || security.userNamespace === undefined) return;
  const message =
    'it has no rights over it, as to serve a port below 1024: only security.userNamespace: host (--userns host) gives them';
  fields.remarkOn({ path: 'network.mode', message });
}
