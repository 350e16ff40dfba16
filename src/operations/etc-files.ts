import type { EtcFile } from '../backend/backend.ts';
import { hostsFile } from '../network/hosts.ts';
import { type NameResolution, resolvConf } from '../network/resolv-conf.ts';
import { fileWord } from '../network/word.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';

/** What /etc says of the container's own name, and of how it finds others. */
export function etcFiles(
  { network }: Pick<ContainerSpec, 'network'>,
  names: NameResolution = network.dns,
  addresses?: readonly string[],
): EtcFile[] {
  return [
    { name: 'hostname', text: `${fileWord('/etc/hostname', network.hostname)}\n` },
    { name: 'hosts', text: hostsFile(network, addresses?.[0]?.replace(/\/.*/, '')) },
    { name: 'resolv.conf', text: resolvConf(names) },
  ];
}
