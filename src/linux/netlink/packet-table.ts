import { isErrno } from '../descriptor.ts';
import { body, NETLINK_NETFILTER, NFPROTO_INET, transaction, typeOf } from './map-elements.ts';
import { text } from './message.ts';
import { NetlinkSocket } from './socket.ts';

const NFT_MSG_DELTABLE = 2;
const NFTA_TABLE_NAME = 1;

/** The kernel has no such table, no nf_tables, or nothing of netfilter at all. */
const none = ['ENOENT', 'EOPNOTSUPP', 'EPROTONOSUPPORT'];

/** Takes away a table of the family `inet` with all that is in it, without nft(8); no effect where there is none. */
export function removeTable(words: string, name: string): void {
  const attributes = [{ type: NFTA_TABLE_NAME, value: text(name) }];
  const message = { type: typeOf(NFT_MSG_DELTABLE), flags: 0, body: body(NFPROTO_INET), attributes };
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(NETLINK_NETFILTER);
    socket.ask([{ words, message }], transaction);
  } catch (error) {
    if (!none.some((errno) => isErrno(error, errno))) throw error;
  } finally {
    socket?.close();
  }
}
