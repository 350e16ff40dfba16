import { execFileSync } from 'node:child_process';
import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';
import { findProgram } from '../linux/find-program.ts';
import type { NetworkState } from '../schema/network-state.ts';
import { hasNames, nameServerOf } from './new-network.ts';
import { portMaps } from './port-maps.ts';

type Fenced = Pick<NetworkState, 'name' | 'bridge' | 'address' | 'subnets' | 'internal'>;
type Named = Pick<NetworkState, 'bridge' | 'address'>;

/**
 * The group of all bridges of sc, whatever their state root (ip-link(8)): "sc" in ASCII. By it a rule tells the networks
 * of containers from all other interfaces of the machine.
 */
export const BRIDGES = 0x7363;

/** Of one container, a second. */
const QUESTIONS = 1000;

/** Where Debian and others have it; a path of the caller's own is nobody's to choose a program of root by. */
const PATH = '/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin';

/**
 * The table of a network. It has the hardware address of its bridge in its name, which was chosen by chance: so that a
 * table of this name is ours, and none of somebody else's is ever taken for it.
 */
export function tableOf({ bridge, address }: Named): string {
  return `${bridge}-${address.replaceAll(':', '')}`;
}

/**
 * The rules of a network as nft(8) reads them, all of them in a table of its own, which is there and gone as a whole:
 * answers, what comes by a published port and nothing else come in, also from other networks; what leaves has the
 * address of the machine. Which ports are published stands in maps (published.ts), so that no rule is added for one.
 * Who comes by one from the network itself, or from an address that leads nowhere else, has that of the bridge: his
 * answers would go another way.
 */
export function rulesOf(network: Fenced): string {
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
  const table = tableOf(network);
  return `${removalOf(table)}table inet ${table} {
${portMaps.map(({ name, type }) => `  map ${name} { type ${type}; }\n`).join('')}  chain publish {
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
${namesOf(network)}}
`;
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

/** Takes a table away; to delete one that may not be there it is made before. */
export function removalOf(table: string): string {
  return `table inet ${table}\ndelete table inet ${table}\n`;
}

/** Does what only takes away. Where there is no nft(8) there are no rules. */
export function removeRules(words: string, rules: string): void {
  if (findProgram('nft', PATH) !== undefined) applyRules(words, rules);
}

/** Has nft(8) do all of it or nothing. Throws SC_HOST_UNFIT where there is none, or the kernel has no nf_tables. */
export function applyRules(words: string, rules: string): void {
  const program = findProgram('nft', PATH);
  if (program === undefined) {
    throw new ScError('SC_HOST_UNFIT', `${words}: this machine has no nft`, {
      hint: 'install nftables (apt-get install nftables), or do without: --network none, host or container:NAME',
    });
  }
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
