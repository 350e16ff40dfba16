import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';

/** Every capability by number, 0 to 40 (capabilities(7); 38 to 40 are of Linux 5.8 and 5.9). */
export const capabilities: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

const numbers = new Map(capabilities.map((name, number) => [name, number]));

/**
 * What a container's root may do unless the file says otherwise: change owners and modes of its own
 * files, become its own users, signal its own processes, listen below port 1024. Raw sockets, devices and
 * the audit log, which some engines add, are not among them.
 */
export const defaultCapabilities: readonly string[] =
  'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP'
    .split(' ')
    .map((name) => `CAP_${name}`);

/**
 * Those that the kernel asks for in its first user namespace only (capable() and not ns_capable()), so that
 * they mean nothing in another.
 */
export const capabilitiesOfHost: readonly string[] = (
  'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF IPC_LOCK LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE ' +
  'MKNOD PERFMON SYSLOG SYS_MODULE SYS_NICE SYS_PACCT SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** The whole name of `chown`, `CHOWN` or `CAP_CHOWN`. Throws SC_USAGE with the near misses. */
export function parseCapability(text: string): string {
  const name = `CAP_${text.toUpperCase().replace(/^CAP_/, '')}`;
  if (numbers.has(name)) return name;
  throw new ScError('SC_USAGE', `unknown capability "${text}"${didYouMean(name, capabilities)}`);
}

/** The set as the kernel writes it in /proc/PID/status. */
export function capabilityMask(names: Iterable<string>): bigint {
  let mask = 0n;
  for (const name of names) mask |= 1n << BigInt(numbers.get(parseCapability(name)) ?? 0);
  return mask;
}

/** The names in a mask, by number; bits of a kernel newer than the table are left out. */
export function capabilityNames(mask: bigint): string[] {
  return capabilities.filter((_, number) => (mask & (1n << BigInt(number))) !== 0n);
}

interface CapabilityChanges {
  /** Names, or `ALL`. */
  add?: readonly string[];
  /** Names, or `ALL`. */
  drop?: readonly string[];
}

/**
 * The defaults without `drop` and with `add`, sorted by number. A name beside the other list's `ALL` wins
 * over it, as the field has it; what is both added and dropped has no meaning and throws SC_USAGE.
 * `all` is what ALL stands for, so that a caller can keep it to what the host has.
 */
export function resolveCapabilities(
  changes: CapabilityChanges,
  all: readonly string[] = capabilities,
): string[] {
  const add = parseChanges(changes.add ?? []);
  const drop = parseChanges(changes.drop ?? []);
  const both = add.all && drop.all ? 'ALL' : [...add.names].find((name) => drop.names.has(name));
  if (both !== undefined) {
    throw new ScError('SC_USAGE', `capability "${both}" is both added and dropped`);
  }
  const start = add.all ? all : drop.all ? [] : defaultCapabilities;
  return capabilities.filter(
    (name) => add.names.has(name) || (start.includes(name) && !drop.names.has(name)),
  );
}

function parseChanges(texts: readonly string[]): { all: boolean; names: Set<string> } {
  const isAll = (text: string): boolean => text.toUpperCase() === 'ALL';
  return {
    all: texts.some(isAll),
    names: new Set(texts.filter((text) => !isAll(text)).map(parseCapability)),
  };
}
