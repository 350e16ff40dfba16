import { AF_INET, AF_INET6 } from '../constants.ts';
import { addressBytes, addressOfBytes, type IpAddress, type Subnet } from '../ip-address.ts';
import { decodeAttributes, type Message, NLM_F_CREATE, NLM_F_EXCL, type Received } from './message.ts';

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_TABLE = 15;

const RT_TABLE_MAIN = 254;
const RTPROT_STATIC = 4;
const RTN_UNICAST = 1;

/** struct rtmsg: family, length of destination and source, tos, table, protocol, scope, type, each u8; flags u32. */
const BODY_SIZE = 12;

export interface Route {
  /** Where it leads to; all addresses for the default. */
  destination: Subnet;
  /** Index of the interface; undefined for one over several. */
  interface: number | undefined;
}

/** All that has no other route goes to this neighbour, over the interface that it is a neighbour on. */
export function newDefaultRoute(gateway: IpAddress): Message {
  const family = gateway.family === 4 ? AF_INET : AF_INET6;
  const body = Buffer.from([family, 0, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, 0, RTN_UNICAST, 0, 0, 0, 0]);
  return {
    type: RTM_NEWROUTE,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body,
    attributes: [{ type: RTA_GATEWAY, value: addressBytes(gateway) }],
  };
}

/** For a dump of all of them. */
export function getRoutes(): Message {
  return { type: RTM_GETROUTE, flags: 0, body: Buffer.alloc(BODY_SIZE) };
}

/** Undefined for one that is not of the main table, or leads nowhere. */
export function parseRoute({ payload }: Received): Route | undefined {
  const [family, prefix = 0] = [payload[0], payload[1]];
  const attributes = decodeAttributes(payload, BODY_SIZE);
  const table = attributes.get(RTA_TABLE)?.readUInt32LE() ?? payload[4];
  if (table !== RT_TABLE_MAIN || payload[7] !== RTN_UNICAST) return undefined;
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const zeros = Buffer.alloc(family === AF_INET ? 4 : 16);
  return {
    destination: { ...addressOfBytes(attributes.get(RTA_DST) ?? zeros), prefix },
    interface: attributes.get(RTA_OIF)?.readUInt32LE(),
  };
}
