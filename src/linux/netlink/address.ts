import { AF_INET, AF_INET6 } from '../constants.ts';
import { addressBytes, type IpAddress } from '../ip-address.ts';
import { type Message, NLM_F_CREATE, NLM_F_EXCL, u32 } from './message.ts';

const RTM_NEWADDR = 20;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_FLAGS = 8;
/** Nobody else can have it: an address of IPv6 that is looked for first cannot be used for a second. */
const IFA_F_NODAD = 2;

/** Where the index of the interface stands in the message: struct ifaddrmsg is family, prefix, flags, scope, index u32. */
export const ADDRESS_INDEX_AT = 16 + 4;

/** Gives an interface an address, with the length of the prefix that it shares with its neighbours. */
export function newAddress(index: number, address: IpAddress, prefix: number): Message {
  const body = Buffer.from([address.family === 4 ? AF_INET : AF_INET6, prefix, 0, 0, 0, 0, 0, 0]);
  body.writeUInt32LE(index, 4);
  const value = addressBytes(address);
  return {
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body,
    attributes: [
      { type: IFA_LOCAL, value },
      { type: IFA_ADDRESS, value },
      ...(address.family === 6 ? [{ type: IFA_FLAGS, value: u32(IFA_F_NODAD) }] : []),
    ],
  };
}
