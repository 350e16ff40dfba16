import { hostname } from 'node:os';
import { asking, type Fault, instead, otherCommand, otherContainers, throughShell } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** Names, files and ports of a container. */
export const networking: Mutants = {
  'ignore-domain-name': {
    fault: 'the NIS domain name is that of the machine',
    put: otherContainers({ 'network.domainName': null }),
  },
  'wrong-hostname-file': {
    fault: '/etc/hostname has another name than the container',
    put: throughShell('echo localhost >/etc/hostname; exec "$@"'),
  },
  'host-network-takes-the-name': {
    fault: 'a container in the network of the machine has its host name',
    put: asking(['run'], (request) => {
      const { container } = request as { container: { network?: { mode?: string } } };
      if (container.network?.mode !== 'host') return request;
      return { ...request, container: { ...container, network: { mode: 'host', hostname: hostname() } } };
    }),
  },
  'ignore-hosts': {
    fault: '/etc/hosts has none of the names that the container gives',
    put: otherContainers({ 'network.hosts': null }),
  },
  'hosts-without-ipv6': {
    fault: '/etc/hosts has no address of IPv6',
    put: hostsWithout('::'),
  },
  'hosts-without-own-name': {
    fault: '/etc/hosts does not have the own name of the container',
    put: hostsWithout('127.0.1.1'),
  },
  'ignore-dns': {
    fault: '/etc/resolv.conf has nothing of what the container says',
    put: otherContainers({ 'network.dns': null }),
  },
  'more-name-servers': {
    fault: '/etc/resolv.conf has a name server that nobody has asked for',
    put: throughShell('echo nameserver 192.0.2.53 >>/etc/resolv.conf; exec "$@"'),
  },
  'own-network-instead': {
    fault: 'a container that is to be in the network of another has its own',
    put: asking(['run'], (request) => {
      const { container } = request as { container: { network?: { mode?: string } } };
      if (!container.network?.mode?.startsWith('container:')) return request;
      return { ...request, container: { ...container, network: { mode: 'none' } } };
    }),
  },
  'publishes-what-it-can': {
    fault: 'where one of several ports is taken the others are published',
    put: otherCommand(
      'update',
      (sound) => `shift; for name; do :; done
code=0
while test "$1" = -p; do ${sound} update -p "$2" "$name" || code=$?; shift 2; done
exit $code`,
    ),
  },
  'ports-of-one-run': {
    fault: 'what was published while a container runs is not when it is started again',
    put: (sound) =>
      instead(['restart'], async ({ container, ...how }, perform) => {
        const answer = await perform({ container, ...how });
        const unpublish = [{ containerPort: 80, protocol: 'tcp' }];
        const request = { containers: [container], unpublish };
        await sound.operations.call?.({ operation: 'update', request } as never);
        return answer;
      })(sound),
  },
};

/** Has programs begin with an /etc/hosts that lacks the lines with a text. */
function hostsWithout(text: string): Fault {
  return throughShell(`grep -vF ${text} /etc/hosts >/tmp/hosts; cat /tmp/hosts >/etc/hosts; exec "$@"`);
}
