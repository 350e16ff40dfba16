import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { addressOfBytes, type IpAddress } from '../linux/ip-address.ts';
import { unless } from '../linux/link.ts';
import type { LocalPort } from '../linux/port-socket.ts';
import { readProcessEntry } from '../linux/process-entry.ts';

/** In /proc/net/tcp: nobody has it any more, and it is only waited for what may still come. */
const TIME_WAIT = '06';

/** Which process of this machine has a port, in words: `nginx (process 4711)`. Undefined where none is found. */
export function portHolder(wanted: LocalPort): string | undefined {
  const inodes = [4, 6].flatMap((family) => {
    const path = `/proc/net/${wanted.protocol}${family === 6 ? '6' : ''}`;
    const text = unless(['ENOENT'], () => readFileSync(path, 'latin1')) ?? '';
    return inodesAt(text, wanted);
  });
  if (inodes.length === 0) return undefined;
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`));
  for (const pid of processes()) {
    const directory = `/proc/${pid}/fd`;
    const gone = ['ENOENT', 'ESRCH', 'EACCES'];
    const descriptors = unless(gone, () => readdirSync(directory)) ?? [];
    const isHolder = descriptors.some((descriptor) =>
      links.has(unless(gone, () => readlinkSync(`${directory}/${descriptor}`)) ?? ''),
    );
    if (isHolder) return `${readProcessEntry(pid)?.name ?? 'a program'} (process ${pid})`;
  }
  return undefined;
}

/** Inodes of the sockets of a table of /proc/net that have this port at an address that this one would hinder. */
function inodesAt(table: string, { address, port }: LocalPort): string[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = '0'] = line.trim().split(/\s+/);
      const [hex = '', number = ''] = local.split(':');
      if (Number.parseInt(number, 16) !== port || state === TIME_WAIT || inode === '0') return [];
      return hinders(addressOfHex(hex), address) ? [inode] : [];
    });
}

/**
 * Whether who has a port at one address keeps another from having it at his. All addresses of IPv6 are often those of IPv4 too
 * (ipv6(7), IPV6_V6ONLY), which the table does not tell.
 */
export function hinders(other: IpAddress, wanted: IpAddress): boolean {
  if (other.family === 6 && other.value === 0n) return true;
  if (other.family !== wanted.family) return false;
  return other.value === 0n || wanted.value === 0n || other.value === wanted.value;
}

/** Groups of four bytes, each a number in the order of the processor. */
function addressOfHex(hex: string): IpAddress {
  const words = hex.match(/.{8}/g) ?? ['00000000'];
  return addressOfBytes(Buffer.concat(words.map((word) => Buffer.from(word, 'hex').reverse())));
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
