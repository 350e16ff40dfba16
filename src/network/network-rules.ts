import { BRIDGES, type Fenced, QUESTIONS, tableOf } from './firewall.ts';
import { chainsOf } from './network-chains.ts';
import { hasNames, nameServerOf } from './new-network.ts';
import { portMaps } from './port-maps.ts';
import type { Rules } from './rules.ts';

/**
 * The rules of a network: answers, what comes by a published port and nothing else come in, also from other networks;
 * what leaves has the address of the machine. Who comes by a published port from the network itself, or from an address
 * that leads nowhere else, has that of the bridge: his answers would go another way.
 */
export function rulesOf(network: Fenced): Rules {
  return { name: tableOf(network), table: contentOf(network), chains: chainsOf(network) };
}

/** Which ports are published stands in maps (published.ts), so that no rule is added for one. */
function contentOf(network: Fenced): string {
  const { bridge, subnets, internal } = network;
  const families = subnets.map(({ subnet }) => `${subnet.includes(':') ? 'ip6' : 'ip'} saddr ${subnet}`);
  const forward = internal
    ? [`iifname "${bridge}" drop`, `oifname "${bridge}" drop`]
    : [
        `oifname "${bridge}" ct state established,related accept`,
        `oifname "${bridge}" ct status dnat accept`,
        `oifname "${bridge}" drop`,
      ];
  const leave = internal ? [] : families.map((source) => `${source} oifname != "${bridge}" masquerade`);
  const comeBack = (internal ? [] : ['ip saddr 127.0.0.0/8', ...families]).map(
    (source) => `${source} oifname "${bridge}" ct status dnat masquerade`,
  );
  const lines = (rules: readonly string[]) => rules.map((rule) => `    ${rule}\n`).join('');
  return `${portMaps.map(({ name, type }) => `  map ${name} { type ${type}; }\n`).join('')}  chain publish {
${lines(portMaps.map(({ lookup }) => lookup))}  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump publish
  }
  chain loopback {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop
    iifname "${bridge}" ip saddr 127.0.0.0/8 drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${bridge}" oifname "${bridge}" accept
${lines(forward)}  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
${lines([...comeBack, ...leave])}  }
${namesOf(network)}`;
}

/**
 * Names are served for containers, and for nobody who comes to the address of a bridge by another interface of the
 * machine. Each of them has so many questions a second: what is more is dropped before it costs the server anything.
 */
function namesOf(network: Fenced): string {
  const server = nameServerOf(network);
  if (!hasNames(network.name) || server === undefined) return '';
  const [family, type] = server.includes(':') ? ['ip6', 'ipv6_addr'] : ['ip', 'ipv4_addr'];
  const asked = `${family} daddr ${server} meta l4proto { tcp, udp } th dport 53`;
  return `  set asking { type ${type}; size 4096; flags dynamic,timeout; timeout 10s; }
  chain names {
    type filter hook input priority filter; policy accept;
    iifgroup != ${BRIDGES} iifname != "lo" ${asked} drop
    iifgroup ${BRIDGES} ${asked} update @asking { ${family} saddr limit rate over ${QUESTIONS}/second burst ${QUESTIONS} packets } drop
  }
`;
}
