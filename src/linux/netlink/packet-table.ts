import { isErrno } from '../descriptor.ts';
import { body, NETLINK_NETFILTER, NFPROTO_INET, transaction, typeOf } from './map-elements.ts';
import { type Message, text } from './message.ts';
import { NetlinkSocket } from './socket.ts';

const NFT_MSG_GETTABLE = 1;
const NFT_MSG_DELTABLE = 2;
const NFTA_TABLE_NAME = 1;

/** The kernel has no such table, no nf_tables, or nothing of netfilter at all. */
const none = ['ENOENT', 'EOPNOTSUPP', 'EPROTONOSUPPORT'];

/** Takes away a table of the family `inet` with all that is in it, without nft(8); no effect where there is none. */
export function removeTable(words: string, name: string): void {
  ask((socket) => socket.ask([{ words, message: about(NFT_MSG_DELTABLE, name) }], transaction));
}

/** Whether there is one. */
export function hasTable(words: string, name: string): boolean {
  return ask((socket) => socket.ask([{ words, message: about(NFT_MSG_GETTABLE, name) }]));
}

function about(operation: number, name: string): Message {
  const attributes = [{ type: NFTA_TABLE_NAME, value: text(name) }];
  return { type: typeOf(operation), flags: 0, body: body(NFPROTO_INET), attributes };
}

/** Answers whether there was something to ask about. */
function ask(question: (socket: NetlinkSocket) => void): boolean {
  let socket: NetlinkSocket | undefined;
  try {
    socket = new NetlinkSocket(NETLINK_NETFILTER);
    question(socket);
    return true;
  } catch (error) {
    if (!none.some((errno) => isErrno(error, errno))) throw error;
    return false;
  } finally {
    socket?.close();
  }
}
