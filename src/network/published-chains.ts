import { formatAddress } from '../linux/ip-address.ts';
import type { LocalPort } from '../linux/port-socket.ts';
import { addressOf } from './addresses.ts';
import { chainOf, change, deletionOf, missingChain, rulesIn } from './chains.ts';
import { changeRules } from './iptables.ts';
import { PORTS, PORTS_AT } from './network-chains.ts';
import { type Forward, placeOf } from './port-maps.ts';

/** A rule that leads who comes to a port, and what it says. */
interface Led extends Forward {
  rule: string;
}

/** What maps do (published.ts) by a rule for each port. Throws ENOENT where the chains are gone. */
export function leadByChains(words: string, name: string, forwards: readonly Forward[]): void {
  changeRules(words, (family, saved) => {
    const own = forwards.filter(({ address }) => address.family === family);
    if (own.length === 0) return '';
    const there = ledIn(saved, name);
    if (there === undefined) throw missingChain(words, name);
    const wanted = new Map(own.map((forward) => [keyOf(forward), ruleOf(name, forward)]));
    const replaced = there.filter((led) => wanted.has(keyOf(led)));
    return change('nat', [...replaced.map(({ rule }) => deletionOf(rule)), ...wanted.values()]);
  });
}

/** Takes away what is meant, and answers it. */
export function withdrawByChains(words: string, name: string, isMeant: (led: Forward) => boolean): Forward[] {
  const withdrawn: Forward[] = [];
  changeRules(words, (_, saved) => {
    const meant = (ledIn(saved, name) ?? []).filter(isMeant);
    withdrawn.push(...meant);
    return change(
      'nat',
      meant.map(({ rule }) => deletionOf(rule)),
    );
  });
  return withdrawn;
}

/** What is looked for of a port of the machine: protocol and place. */
function keyOf(port: LocalPort): string {
  return `${placeOf(port)}/${port.protocol}`;
}

function ruleOf(name: string, { protocol, address, port, target, targetPort }: Forward): string {
  const isAtAll = address.value === 0n;
  const chain = chainOf(name, isAtAll ? PORTS : PORTS_AT);
  const at = isAtAll ? '' : `-d ${formatAddress(address)} `;
  const to = placeOf({ address: target, port: targetPort });
  return `-A ${chain} ${at}-p ${protocol} --dport ${port} -j DNAT --to-destination ${to}`;
}

/** Undefined where the chains are gone. */
function ledIn(saved: string, name: string): Led[] | undefined {
  const chains = [PORTS_AT, PORTS].map((part) => rulesIn(saved, 'nat', chainOf(name, part)));
  if (chains.includes(undefined)) return undefined;
  return chains.flatMap((rules = []) => rules.flatMap((rule) => ledBy(rule) ?? []));
}

function ledBy(rule: string): Led | undefined {
  const [, at, protocol, port, six, four, targetPort] =
    /^-A \S+ (?:-d (\S+?)(?:\/\d+)? )?-p (tcp|udp) .*--dport (\d+) -j DNAT --to-destination (?:\[(.+)\]|(.+)):(\d+)$/.exec(
      rule,
    ) ?? [];
  const target = six ?? four;
  if (target === undefined) return undefined;
  const address = addressOf(at ?? (six === undefined ? '0.0.0.0' : '::'));
  const isUdp = protocol === 'udp';
  return {
    rule,
    protocol: isUdp ? 'udp' : 'tcp',
    address,
    port: Number(port),
    target: addressOf(target),
    targetPort: Number(targetPort),
  };
}
