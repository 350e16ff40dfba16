import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errnoOf } from '../errors/reason.ts';
import { declare } from '../linux/libc.ts';
import { syscalls } from '../linux/syscalls.ts';

const KEYCTL_GET_KEYRING_ID = 0;
const KEY_SPEC_SESSION_KEYRING = -3;

const keyctl = declare<[number, number, number, number]>(
  'long syscall(long number, long operation, long keyring, long create)',
);

/** What a container is compared with: the side from which it is started. */
export interface HostSide {
  /** By name, such as `pid`; `pid:[4026531836]`. */
  namespaces: ReadonlyMap<string, string>;
  hostname: string;
  /** The first block device; undefined where there is none. */
  disk: { major: number; minor: number } | undefined;
  /** Number of our session keyring; undefined where this process may not ask. */
  sessionKeyring: number | undefined;
  /** A file of the host that no container should be able to read. */
  marker: { path: string; name: string; text: string };
  /** `NAME=value`, in the environment of every runner. */
  variable: string;
  /** Where the probe is inside. */
  program: string;
}

export function lookAtHost(own: Pick<HostSide, 'marker' | 'variable' | 'program'>): HostSide {
  const names = readdirSync('/proc/self/ns');
  return {
    ...own,
    namespaces: new Map(names.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)])),
    hostname: hostname(),
    disk: firstDisk(readFileSync('/proc/partitions', 'utf8')),
    sessionKeyring: sessionKeyring(),
  };
}

/** Pure: of the text of /proc/partitions, whose lines begin with major and minor. */
export function firstDisk(partitions: string): HostSide['disk'] {
  const [, major, minor] = /^ *(\d+) +(\d+) +\d+ \S+$/m.exec(partitions) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

function sessionKeyring(): number | undefined {
  try {
    return keyctl(syscalls.keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
