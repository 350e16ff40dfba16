import { isErrno } from '../linux/descriptor.ts';
import { newAddress } from '../linux/netlink/address.ts';
import { openRouteSocketIn } from '../linux/netlink/inside.ts';
import { bringUp, deleteLink, getLink, newVeth, parseLink } from '../linux/netlink/link.ts';
import { newDefaultRoute } from '../linux/netlink/route.ts';
import { RouteSocket } from '../linux/netlink/socket.ts';
import type { Endpoint } from '../schema/container-state.ts';
import { addressOf } from './addresses.ts';

/**
 * Makes the interface of a place in a network for a container that runs: what the keeper does for one that starts.
 * `namespace` is a descriptor of its network, `bridge` the index of the bridge.
 */
export function attachLive(
  endpoint: Endpoint,
  { namespace, bridge }: { namespace: number; bridge: number },
): void {
  const { interface: name, port, address, addresses, mtu } = endpoint;
  detachLive(endpoint);
  const pair = newVeth(
    { name: port, mtu },
    { name, address, mtu },
    { bridge, namespace: { descriptor: namespace } },
  );
  withSocket(new RouteSocket(), (socket) => {
    socket.ask([{ words: `make interface "${name}", whose other end is "${port}"`, message: pair }]);
  });
  withSocket(openRouteSocketIn(namespace), (socket) => {
    const [answers] = socket.ask([{ words: `look for "${name}"`, message: getLink(name) }]);
    const index = answers?.[0] === undefined ? 0 : parseLink(answers[0]).index;
    socket.ask([
      { words: `bring "${name}" up`, message: bringUp(name) },
      ...addresses.map((text) => {
        const [bare = '', prefix] = text.split('/');
        return {
          words: `give "${name}" ${text}`,
          message: newAddress(index, addressOf(bare), Number(prefix)),
        };
      }),
    ]);
  });
  leadOut([endpoint], namespace);
}

/** Takes it away, both of its ends; no effect where it is gone. */
export function detachLive({ port }: Pick<Endpoint, 'port'>): void {
  withSocket(new RouteSocket(), (socket) => {
    try {
      socket.ask([{ words: `take away "${port}"`, message: deleteLink(port) }]);
    } catch (error) {
      if (!isErrno(error, 'ENODEV')) throw error;
    }
  });
}

/** Makes the routes of these places for all that has no other way; no effect where there is such a route. */
export function leadOut(endpoints: readonly Pick<Endpoint, 'gateways'>[], namespace: number): void {
  withSocket(openRouteSocketIn(namespace), (socket) => {
    for (const gateway of endpoints.flatMap(({ gateways }) => gateways)) {
      try {
        socket.ask([{ words: `route by ${gateway}`, message: newDefaultRoute(addressOf(gateway)) }]);
      } catch (error) {
        if (!isErrno(error, 'EEXIST')) throw error;
      }
    }
  });
}

function withSocket(socket: RouteSocket, use: (socket: RouteSocket) => void): void {
  try {
    use(socket);
  } finally {
    socket.close();
  }
}
