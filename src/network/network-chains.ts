import { type Chain, chainOf } from './chains.ts';
import { BRIDGES, type Fenced, QUESTIONS, tableOf } from './firewall.ts';
import { hasNames, nameServerOf } from './new-network.ts';

/** The chains in which it stands which ports are published: those at a single address of the machine, and those at all. */
export const PORTS_AT = 'portsat';
export const PORTS = 'ports';

const ANSWERS = '-m conntrack --ctstate ESTABLISHED,RELATED';
/** What was led here by a published port. */
const LED = '-m conntrack --ctstate DNAT';

/**
 * The rules of a network (network-rules.ts) for iptables(8). What may pass goes back to the rules of others (RETURN), which
 * may still drop it, as with tables of nftables.
 */
export function chainsOf(network: Fenced): Chain[] {
  return ([4, 6] as const).flatMap((family) => {
    const subnets = network.subnets
      .map(({ subnet }) => subnet)
      .filter((subnet) => familyOf(subnet) === family);
    return [
      ...(family === 4 ? [loopbackOf(network)] : []),
      forwardOf(family, network),
      ...(subnets.length > 0 ? translationOf(family, network, subnets) : []),
      ...namesOf(family, network),
    ];
  });
}

function loopbackOf({ bridge }: Fenced): Chain {
  const rules = [`-i ${bridge} -d 127.0.0.0/8 -j DROP`, `-i ${bridge} -s 127.0.0.0/8 -j DROP`];
  return { family: 4, table: 'raw', part: 'loopback', hooks: ['PREROUTING'], rules };
}

function forwardOf(family: 4 | 6, { bridge, internal }: Fenced): Chain {
  const rules = internal
    ? [`-i ${bridge} -j DROP`, `-o ${bridge} -j DROP`]
    : [`-o ${bridge} ${ANSWERS} -j RETURN`, `-o ${bridge} ${LED} -j RETURN`, `-o ${bridge} -j DROP`];
  const within = `-i ${bridge} -o ${bridge} -j RETURN`;
  return { family, table: 'filter', part: 'forward', hooks: ['FORWARD'], rules: [within, ...rules] };
}

/** Of addresses: of who comes by a published port, and of who leaves. */
function translationOf(family: 4 | 6, network: Fenced, subnets: readonly string[]): Chain[] {
  const { bridge, internal } = network;
  const name = tableOf(network);
  // What came from ::1 can leave by no other interface than that of the loopback (RFC 4291, 2.5.3).
  const local = family === 4 ? '' : '! -d ::1 ';
  const publish = [
    `-j ${chainOf(name, PORTS_AT)}`,
    `${local}-m addrtype --dst-type LOCAL -j ${chainOf(name, PORTS)}`,
  ];
  const loopback = family === 4 && !internal ? ['127.0.0.0/8'] : [];
  const leave = [
    ...[...loopback, ...subnets].map((source) => `-s ${source} -o ${bridge} ${LED} -j MASQUERADE`),
    ...(internal ? [] : subnets.map((source) => `-s ${source} ! -o ${bridge} -j MASQUERADE`)),
  ];
  return [
    { family, table: 'nat', part: PORTS_AT, rules: [] },
    { family, table: 'nat', part: PORTS, rules: [] },
    { family, table: 'nat', part: 'publish', hooks: ['PREROUTING', 'OUTPUT'], rules: publish },
    { family, table: 'nat', part: 'leave', hooks: ['POSTROUTING'], rules: leave },
  ];
}

function namesOf(family: 4 | 6, network: Fenced): Chain[] {
  const server = nameServerOf(network);
  if (!hasNames(network.name) || server === undefined || familyOf(server) !== family) return [];
  const rate = `--hashlimit-above ${QUESTIONS}/second --hashlimit-burst ${QUESTIONS} --hashlimit-mode srcip`;
  const limit = `-m hashlimit ${rate} --hashlimit-name ${network.bridge}`;
  const rules = ['tcp', 'udp'].flatMap((protocol) => {
    const asked = `-d ${server} -p ${protocol} --dport 53`;
    return [
      `-m devgroup ! --src-group ${BRIDGES} ! -i lo ${asked} -j DROP`,
      `-m devgroup --src-group ${BRIDGES} ${asked} ${limit} -j DROP`,
    ];
  });
  return [{ family, table: 'filter', part: 'names', hooks: ['INPUT'], rules }];
}

function familyOf(text: string): 4 | 6 {
  return text.includes(':') ? 6 : 4;
}
