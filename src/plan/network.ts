import type { ContainerNetwork } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

/** The network of a container with this ID, and how it finds others. */
export function compileNetwork(
  network: ContainerNetwork,
  id: string,
  fields: Fields,
): ContainerSpec['network'] {
  const { domainName, dns = {} } = network;
  return {
    mode: fields.convert('network.mode', network.mode, 'none', () => 'none' as const),
    hostname: fields.take('network.hostname', network.hostname, id.slice(0, 12)),
    ...(domainName !== undefined && { domainName: fields.take('network.domainName', domainName, '') }),
    dns: {
      servers: fields.take('network.dns.servers', dns.servers, []),
      search: fields.take('network.dns.search', dns.search, []),
      options: fields.take('network.dns.options', dns.options, []),
    },
    hosts: fields.take('network.hosts', network.hosts, {}),
  };
}
