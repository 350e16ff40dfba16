import type { TarEntry } from '../tar/entry.ts';
import { Flaw } from '../tar/flaw.ts';

/** chown(2) takes 2^32 - 1 for "as it is": a file would be the owner's who unpacks it. */
const LARGEST_ID = 2 ** 32 - 2;
const LARGEST_MAJOR = 2 ** 12 - 1;
const LARGEST_MINOR = 2 ** 20 - 1;
/** Of the seconds of a struct timespec. */
const LARGEST_TIME = 2n ** 63n * 1_000_000_000n;

/** Throws Flaw for numbers that the kernel would take for others. */
export function checkMetadata({ type, uid, gid, mtime, size, deviceMajor, deviceMinor }: TarEntry): void {
  if (!isWithin(uid, LARGEST_ID)) throw new Flaw(`its owner ${uid} is no user`);
  if (!isWithin(gid, LARGEST_ID)) throw new Flaw(`its group ${gid} is no group`);
  if (!isWithin(size, Number.MAX_SAFE_INTEGER)) throw new Flaw(`its size ${size} is none`);
  if (mtime <= -LARGEST_TIME || mtime >= LARGEST_TIME) throw new Flaw('its time is out of all range');
  if (type === 'character' || type === 'block') {
    const numbers = `${deviceMajor}:${deviceMinor}`;
    if (!isWithin(deviceMajor, LARGEST_MAJOR) || !isWithin(deviceMinor, LARGEST_MINOR))
      throw new Flaw(`a device ${numbers} is beyond the kernel's numbers`);
    if (type === 'character' && deviceMajor === 0 && deviceMinor === 0)
      throw new Flaw('a character device 0:0 is the sign of overlay that a name is deleted, and no content');
  }
}

function isWithin(value: number, largest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largest;
}
