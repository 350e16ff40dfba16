import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../linux/boot.ts';
import { makeLink, readLink, removeLink, unless } from '../linux/link.ts';

const settingOf = (name: string) => `/proc/sys/net/ipv4/conf/${name}/forwarding`;

/** Whether the kernel passes packets on that come in by an interface. */
export function isForwarded(name: string): boolean {
  return readFileSync(settingOf(name), 'utf8').trim() === '1';
}

/**
 * Lets the kernel pass packets on that come in by these interfaces, and by no others: not by net.ipv4.ip_forward, which
 * would make a router of a machine that was none. What was changed of interfaces that stay is noted before in
 * `directory`: their names as links, each with the boot in which it was.
 */
export function forwardFrom(bridge: string, uplinks: readonly string[], directory: string): void {
  writeFileSync(settingOf(bridge), '1');
  for (const name of uplinks) {
    if (isForwarded(name)) continue;
    const note = join(directory, name);
    removeLink(note);
    makeLink(note, bootId());
    writeFileSync(settingOf(name), '1');
  }
}

/**
 * Has the machine believe nobody on a bridge who says that he is a router: a container with raw sockets could become its
 * way to all of IPv6 (RFC 6104). No effect where the kernel has no IPv6.
 */
export function ignoreRouters(bridge: string): void {
  unless(['ENOENT'], () => writeFileSync(`/proc/sys/net/ipv6/conf/${bridge}/accept_ra`, '0'));
}

/** Takes back what was changed, but for interfaces that are gone, also since the machine was started anew. */
export function stopForwarding(directory: string): void {
  for (const name of unless(['ENOENT'], () => readdirSync(directory)) ?? []) {
    const note = join(directory, name);
    if (readLink(note) === bootId()) unless(['ENOENT'], () => writeFileSync(settingOf(name), '0'));
    removeLink(note);
  }
}
