import { createHash } from 'node:crypto';
import { ScError } from '../errors/error.ts';

/** A chain of iptables(8) that is one of several, which are there and gone together. */
export interface Chain {
  family: 4 | 6;
  table: 'raw' | 'nat' | 'filter';
  /** What it is for, in at most eight letters. */
  part: string;
  /** Chains of the kernel from which packets come to it, before they come to what others have there. */
  hooks?: readonly ('PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING')[];
  /** As iptables(8) has them behind the name of the chain. */
  rules: readonly string[];
}

/** Chains by the name of the table of nftables in whose place they are. */
export interface Chains {
  name: string;
  chains: readonly Chain[];
}

/** Names of chains have at most 28 letters, which those of tables would fill. */
export function chainOf(name: string, part: string): string {
  return `${prefixOf(name)}${part}`;
}

/** For iptables-restore(8), which does all of a table or nothing. Who looks at the rules finds the name as a comment. */
export function additionOf(family: 4 | 6, { name, chains }: Chains): string {
  const own = chains.filter((chain) => chain.family === family);
  return [...Map.groupBy(own, ({ table }) => table)]
    .map(([table, group]) => {
      const made = group.map(({ part }) => `:${chainOf(name, part)} - [0:0]`);
      const rules = group.flatMap(({ part, rules }) =>
        rules.map((rule) => `-A ${chainOf(name, part)} ${rule}`),
      );
      const jumps = group.flatMap(({ part, hooks = [] }) =>
        hooks.map((hook) => `-I ${hook} -m comment --comment ${name} -j ${chainOf(name, part)}`),
      );
      return change(table, [...made, ...rules, ...jumps]);
    })
    .join('');
}

/** What takes away all that there is of chains of this name, by what iptables-save(8) says. */
export function removalOf(saved: string, name: string): string {
  const prefix = prefixOf(name);
  return [...linesOf(saved)]
    .map(([table, lines]) => {
      const own = lines.flatMap((line) =>
        line.startsWith(`:${prefix}`) ? (line.slice(1).split(' ')[0] ?? '') : [],
      );
      const jumps = lines.filter(
        (line) => !line.startsWith(`-A ${prefix}`) && line.includes(` -j ${prefix}`),
      );
      const flushed = own.map((chain) => `-F ${chain}`);
      return change(table, [...jumps.map(deletionOf), ...flushed, ...own.map((chain) => `-X ${chain}`)]);
    })
    .join('');
}

/** Whether what is passed on comes to chains of this name, by what iptables-save(8) says. */
export function areIn(saved: string, name: string): boolean {
  return saved.includes(` -j ${chainOf(name, 'forward')}\n`);
}

/** The rules of a chain by what iptables-save(8) says; undefined where there is no such chain. */
export function rulesIn(saved: string, table: Chain['table'], chain: string): string[] | undefined {
  const lines = linesOf(saved).get(table) ?? [];
  if (!lines.some((line) => line.startsWith(`:${chain} `))) return undefined;
  return lines.filter((line) => line.startsWith(`-A ${chain} `));
}

/** As the kernel says it of a table of nftables that is gone: somebody has flushed all rules. */
export function missingChain(words: string, name: string): ScError {
  return new ScError('SC_SYSTEM_CALL', `${words}: the rules "${name}" are gone`, { errno: 'ENOENT' });
}

/** What takes a rule away of which it says that it is there. */
export function deletionOf(rule: string): string {
  return rule.replace(/^-A /, '-D ');
}

/** Nothing where nothing is to be done. */
export function change(table: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`*${table}`, ...lines, 'COMMIT', ''].join('\n');
}

function prefixOf(name: string): string {
  return `sc-${createHash('sha256').update(name).digest('hex').slice(0, 16)}-`;
}

/** Chains and rules by their table. */
function linesOf(saved: string): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let table: string[] = [];
  for (const line of saved.split('\n')) {
    if (line.startsWith('*')) {
      table = tables.get(line.slice(1)) ?? [];
      tables.set(line.slice(1), table);
    } else if (line.startsWith(':') || line.startsWith('-A ')) table.push(line);
  }
  return tables;
}
