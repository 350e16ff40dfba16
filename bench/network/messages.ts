import type { NetworkInterface } from '../../src/backend/backend.ts';
import { ADDRESS_INDEX_AT, newAddress } from '../../src/linux/netlink/address.ts';
import { bringUp, deleteLink, newVeth, reflect } from '../../src/linux/netlink/link.ts';
import {
  addElements,
  getElements,
  removeElements,
  transaction,
} from '../../src/linux/netlink/map-elements.ts';
import { encode, type Message, NLM_F_ACK, NLM_F_DUMP } from '../../src/linux/netlink/message.ts';
import { newDefaultRoute } from '../../src/linux/netlink/route.ts';
import { addressOf, subnetOf } from '../../src/network/addresses.ts';
import type { Forward } from '../../src/network/port-maps.ts';
import { keyOf, mapOf, portMaps, targetBytes } from '../../src/network/port-maps.ts';

/** The place of a container in a network in the words that netlink.h reads, with a port that leads there if it has one. */
export function networkRecipe(place: NetworkInterface, table: string, forward?: Forward): string[] {
  const { interface: name, port, address, addresses, gateways, mtu, bridge } = place;
  const pair = newVeth({ name: port, mtu }, { name, address, mtu }, { bridge, namespace: { pid: 1 } });
  return [
    `interface ${name}`,
    `outside ${answered(deleteLink(port))}`,
    `pair ${answered(pair)}`,
    ...(forward === undefined ? [] : [`pair ${answered(reflect(port))}`, ...publication(forward, table)]),
    `inside 0 ${answered(bringUp(name))}`,
    ...addresses.map((text) => {
      const given = newAddress(0, addressOf(text.replace(/\/.*/, '')), subnetOf(text).prefix);
      return `inside ${ADDRESS_INDEX_AT} ${answered(given)}`;
    }),
    ...gateways.map((gateway) => `inside 0 ${answered(newDefaultRoute(addressOf(gateway)))}`),
  ];
}

/** What is withdrawn is looked for in all maps, as sc does. */
function publication(forward: Forward, table: string): string[] {
  const map = mapOf(forward);
  const key = keyOf(forward);
  const value = targetBytes(forward.target, forward.targetPort);
  const added = addElements({ table, map }, [{ key, value }]);
  return [
    `publish ${added.length} ${inTransaction(added)}`,
    ...portMaps.flatMap(({ name }) => {
      const removed = name === map ? removeElements({ table, map }, [key]) : [];
      return [
        `withdraw 0 ${hex(getElements({ table, map: name }), NLM_F_DUMP)}`,
        ...(removed.length > 0 ? [`withdraw ${removed.length} ${inTransaction(removed)}`] : []),
      ];
    }),
  ];
}

function inTransaction(messages: readonly Message[]): string {
  return [hex(transaction.begin), ...messages.map(answered), hex(transaction.end)].join('');
}

function answered(message: Message): string {
  return hex(message, NLM_F_ACK);
}

function hex(message: Message, flags = 0): string {
  return encode({ ...message, flags: message.flags | flags }).toString('hex');
}
