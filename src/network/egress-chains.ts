import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Endpoint } from '../schema/container-state.ts';
import { type Chain, chainOf, change, deletionOf, missingChain, rulesIn } from './chains.ts';
import { BRIDGES } from './firewall.ts';
import { changeRules } from './iptables.ts';

interface Fenced {
  egress: NonNullable<ContainerSpec['network']['egress']>;
  endpoints: readonly Pick<Endpoint, 'address' | 'addresses'>[];
  servers: readonly string[];
}

/** Where packets of the container come from the kernel, and where they go from there. */
const WAYS = [
  { part: 'forward', hook: 'FORWARD', to: 'beyond' },
  { part: 'input', hook: 'INPUT', to: 'machine' },
] as const;

/** The same as the table (egress.ts), but for names. */
export function chainsOf(name: string, { egress, endpoints, servers }: Fenced): Chain[] {
  return ([4, 6] as const).flatMap((family): Chain[] => {
    const of = (texts: readonly string[]) => texts.filter((text) => text.includes(':') === (family === 6));
    const accept = (texts: readonly string[]) =>
      [...new Set(of(texts))].map((text) => `-d ${text} -j RETURN`);
    const refuse = `-j REJECT --reject-with ${family === 4 ? 'icmp-admin-prohibited' : 'icmp6-adm-prohibited'}`;
    const questions = ['tcp', 'udp'].map((protocol) => `-p ${protocol} --dport 53`);
    const known = '-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN';
    const elsewhere = questions.map((question) => `${question} ${refuse}`);
    // Neighbours that are asked for, and tell.
    const link = [135, 136].map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j RETURN`);
    const asking = of(servers).flatMap((server) =>
      questions.map((question) => `-d ${server} ${question} -j RETURN`),
    );
    const own = endpoints.flatMap(({ addresses }) => addresses.map((text) => text.replace(/\/.*/, '')));
    const beyond = [known, ...accept(own), ...elsewhere, ...accept(egress.addresses), refuse];
    const machine = [
      ...[known, ...(family === 6 ? link : []), ...asking, ...elsewhere],
      ...[...accept(egress.addresses), refuse],
    ];
    return [
      { family, table: 'filter', part: 'beyond', rules: beyond },
      { family, table: 'filter', part: 'machine', rules: machine },
      ...WAYS.map(({ part, hook, to }): Chain => {
        const rules = endpoints.map(({ address }) => sourceRule(name, to, address));
        return { family, table: 'filter', part, hooks: [hook], rules };
      }),
    ];
  });
}

/** Throws ENOENT where the chains are gone. */
export function addSource(words: string, name: string, address: string): void {
  changeRules(words, (_, saved) => {
    if (rulesIn(saved, 'filter', chainOf(name, 'forward')) === undefined) throw missingChain(words, name);
    const added = WAYS.map(({ part, to }) => `-A ${chainOf(name, part)} ${sourceRule(name, to, address)}`);
    return change('filter', added);
  });
}

/** No effect where there is none of it. */
export function removeSource(words: string, name: string, address: string): void {
  changeRules(words, (_, saved) => {
    const rules = WAYS.flatMap(({ part }) => rulesIn(saved, 'filter', chainOf(name, part)) ?? []);
    const meant = rules.filter((rule) =>
      rule.toLowerCase().includes(` --mac-source ${address.toLowerCase()} `),
    );
    return change('filter', meant.map(deletionOf));
  });
}

function sourceRule(name: string, to: string, address: string): string {
  return `-m devgroup --src-group ${BRIDGES} -m mac --mac-source ${address} -j ${chainOf(name, to)}`;
}
