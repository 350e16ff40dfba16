import type { PublishedPort } from '../schema/container-state.ts';

/** `80/tcp -> 0.0.0.0:5000`, a line for each address of the machine. */
export function describePortLines(ports: readonly PublishedPort[]): string {
  return ports
    .flatMap(({ containerPort, protocol, hostPort, addresses }) =>
      addresses.map((address) => `${containerPort}/${protocol} -> ${at(address, hostPort)}`),
    )
    .join('\n');
}

/** The same in a column: `0.0.0.0:5000->80/tcp`, each port once where it has several addresses. */
export function describePortCell(ports: readonly PublishedPort[]): string {
  return ports
    .map(({ containerPort, protocol, hostPort, addresses: [address = ''] }) => {
      return `${at(address, hostPort)}->${containerPort}/${protocol}`;
    })
    .join(', ');
}

function at(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
