import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { findProgram, HOST_PATH } from '../linux/find-program.ts';
import { makeLink, readLink, removeLink } from '../linux/link.ts';
import { hasTable, removeTable } from '../linux/netlink/packet-table.ts';
import type { Chains } from './chains.ts';
import { hasChains, hasIptables, makeChains, removeChains } from './iptables.ts';

/**
 * Rules that are there and gone as a whole, by a name that nobody else has: a table of nftables of the family `inet`, or
 * where there is no nft(8) chains of iptables(8) that do the same.
 */
export interface Rules extends Chains {
  /** What is in the table, as nft(8) reads it. Undefined where all is to be taken away. */
  table?: string;
}

/**
 * Makes all of these rules anew, in place of what there is of them, or none. Which are chains is noted before in
 * `notes`. Throws SC_HOST_UNFIT where there is neither nft(8) nor iptables(8), or the kernel lacks what they need.
 */
export function makeRules(words: string, notes: string, all: readonly Rules[]): void {
  if (all.length === 0) return;
  const program = nft();
  if (program !== undefined) {
    runNft(words, program, all.map(textOf).join(''));
    for (const { name } of all) removeNoted(words, notes, name);
    return;
  }
  if (!hasIptables())
    throw new ScError('SC_HOST_UNFIT', `${words}: this machine has neither nft nor iptables`, {
      hint: 'install nftables (apt-get install nftables), or do without: --network none, host or container:NAME',
    });
  for (const { name } of all) makeLink(join(notes, name), 'chains');
  makeChains(words, all);
  for (const { name } of all) removeTable(words, name);
}

/** Without it there are no sets of addresses that come and go. */
export function hasNft(): boolean {
  return nft() !== undefined;
}

/** Takes rules away; no effect where there are none. */
export function removeRules(words: string, notes: string, name: string): void {
  removeNoted(words, notes, name);
  removeTable(words, name);
}

/** Whether rules are chains of iptables, if they are there. */
export function areChains(notes: string, name: string): boolean {
  return readLink(join(notes, name)) !== undefined;
}

/** Whether rules are there: somebody may have flushed all rules of the machine. */
export function areThere(words: string, notes: string, name: string): boolean {
  return areChains(notes, name) ? hasChains(words, name) : hasTable(words, name);
}

/** Of a place that root chose, and no path of the caller's own. */
function nft(): string | undefined {
  return findProgram('nft', HOST_PATH);
}

function removeNoted(words: string, notes: string, name: string): void {
  if (!areChains(notes, name)) return;
  removeChains(words, name);
  removeLink(join(notes, name));
}

/** To delete a table that may not be there it is made before. */
function textOf({ name, table }: Rules): string {
  const removal = `table inet ${name}\ndelete table inet ${name}\n`;
  return table === undefined ? removal : `${removal}table inet ${name} {\n${table}}\n`;
}

function runNft(words: string, program: string, rules: string): void {
  try {
    execFileSync(program, ['-f', '-'], { input: rules, stdio: ['pipe', 'ignore', 'pipe'], env: {} });
  } catch (cause) {
    const errno = errnoOf(cause);
    const said =
      cause instanceof Error && 'stderr' in cause ? String(cause.stderr).split('\n')[0] : undefined;
    throw new ScError('SC_HOST_UNFIT', `${words}: nft: ${said || errno || 'it failed'}`, {
      cause,
      hint: 'see whether the kernel has nf_tables: nft list tables',
    });
  }
}
