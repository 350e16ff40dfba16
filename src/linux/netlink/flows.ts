import { isErrno } from '../descriptor.ts';
import { addressOfBytes, type IpAddress } from '../ip-address.ts';
import { decodeAttributes, type Received } from './message.ts';
import { NetlinkSocket } from './socket.ts';

// nfnetlink, as for maps (map-elements.ts): the part that knows the flows of the machine (nf_conntrack).
const NETLINK_NETFILTER = 12;
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_GET = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const BODY_SIZE = 4;
const AF_UNSPEC = 0;

const CTA_TUPLE_ORIG = 1;
const CTA_TUPLE_REPLY = 2;
const CTA_ID = 12;
const CTA_ZONE = 18;
const CTA_TUPLE_IP = 1;
const CTA_TUPLE_PROTO = 2;
const CTA_IP_V4_SRC = 1;
const CTA_IP_V4_DST = 2;
const CTA_IP_V6_SRC = 3;
const CTA_IP_V6_DST = 4;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_SRC_PORT = 2;
const CTA_PROTO_DST_PORT = 3;

const IPPROTO_UDP = 17;

/** Packets that belong together, by the first of them. */
export interface Flow {
  isUdp: boolean;
  /** Where it went, as who sent it has written. */
  destination: IpAddress;
  port: number;
  /** Who answers: another where the rules have led it there. */
  answerer: IpAddress;
  answererPort: number;
}

/** Has the kernel ask the rules anew for what belongs to such flows. No effect where it cannot tell of flows. */
export function forgetFlows(words: string, isMeant: (flow: Flow) => boolean): void {
  const socket = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    const all = { type: typeOf(IPCTNL_MSG_CT_GET), flags: 0, body: bodyOf(AF_UNSPEC) };
    for (const received of socket.dump({ words, message: all })) {
      const flow = flowOf(received);
      if (flow === undefined || !isMeant(flow)) continue;
      try {
        socket.ask([{ words, message: removalOf(received) }]);
      } catch (error) {
        // It has come to its end on its own.
        if (!isErrno(error, 'ENOENT')) throw error;
      }
    }
  } catch (error) {
    // There is no nf_conntrack_netlink: they last until nothing was sent for a while.
    if (!isErrno(error, 'EINVAL') && !isErrno(error, 'EOPNOTSUPP')) throw error;
  } finally {
    socket.close();
  }
}

function flowOf({ payload }: Received): Flow | undefined {
  const attributes = decodeAttributes(payload, BODY_SIZE);
  const [sent, answered] = [attributes.get(CTA_TUPLE_ORIG), attributes.get(CTA_TUPLE_REPLY)];
  if (sent === undefined || answered === undefined) return undefined;
  const destination = partOf(sent, CTA_TUPLE_IP, CTA_IP_V4_DST) ?? partOf(sent, CTA_TUPLE_IP, CTA_IP_V6_DST);
  const answerer =
    partOf(answered, CTA_TUPLE_IP, CTA_IP_V4_SRC) ?? partOf(answered, CTA_TUPLE_IP, CTA_IP_V6_SRC);
  const protocol = partOf(sent, CTA_TUPLE_PROTO, CTA_PROTO_NUM)?.[0];
  const port = partOf(sent, CTA_TUPLE_PROTO, CTA_PROTO_DST_PORT)?.readUInt16BE(0);
  const answererPort = partOf(answered, CTA_TUPLE_PROTO, CTA_PROTO_SRC_PORT)?.readUInt16BE(0);
  if (destination === undefined || answerer === undefined) return undefined;
  // Not all protocols have ports.
  if (port === undefined || answererPort === undefined) return undefined;
  return {
    isUdp: protocol === IPPROTO_UDP,
    destination: addressOfBytes(destination),
    port,
    answerer: addressOfBytes(answerer),
    answererPort,
  };
}

function partOf(tuple: Buffer, group: number, part: number): Buffer | undefined {
  const inner = decodeAttributes(tuple, 0).get(group);
  return inner && decodeAttributes(inner, 0).get(part);
}

/** By its own words, so that a later one of the same addresses and ports stays. */
function removalOf({ payload }: Received) {
  const attributes = decodeAttributes(payload, BODY_SIZE);
  const own = [CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID].flatMap((type) => {
    const value = attributes.get(type);
    return value === undefined ? [] : [{ type, value }];
  });
  return {
    type: typeOf(IPCTNL_MSG_CT_DELETE),
    flags: 0,
    body: bodyOf(payload[0] ?? AF_UNSPEC),
    attributes: own,
  };
}

function typeOf(operation: number): number {
  return (NFNL_SUBSYS_CTNETLINK << 8) | operation;
}

/** struct nfgenmsg */
function bodyOf(family: number): Buffer {
  return Buffer.from([family, 0, 0, 0]);
}
