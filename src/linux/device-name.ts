import { readFileSync } from 'node:fs';
import { isErrno } from './descriptor.ts';

/** Where the host has a device, such as `/dev/fuse`; undefined where no driver serves its number. */
export function deviceName(type: 'char' | 'block', major: number, minor: number): string | undefined {
  try {
    const event = readFileSync(`/sys/dev/${type}/${major}:${minor}/uevent`, 'utf8');
    const name = /^DEVNAME=(.+)$/m.exec(event)?.[1];
    return name === undefined ? undefined : `/dev/${name}`;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
