import { fileWord } from './word.ts';

/** What every container has, whatever its network is. */
const LOCAL: readonly Line[] = [
  ['127.0.0.1', ['localhost']],
  ['::1', ['localhost', 'ip6-localhost', 'ip6-loopback']],
];

/**
 * Without a network the own name still needs an address, or programs that look it up wait or fail. Not
 * 127.0.0.1, which is to keep the name localhost where addresses are looked up.
 */
const OWN_ADDRESS = '127.0.1.1';

type Line = readonly [address: string, names: readonly string[]];

interface HostNames {
  /** Name of the machine; one with dots is known by its first label too. */
  hostname: string;
  /** Addresses by their names. */
  hosts: { readonly [name: string]: string };
}

/**
 * The text of /etc/hosts (hosts(5)). A declared name has its declared address and no other: what reads the
 * file takes the first line, or all of them.
 */
export function hostsFile({ hostname, hosts }: HostNames, ownAddress = OWN_ADDRESS): string {
  const declared = new Set(Object.keys(hosts).map((name) => name.toLowerCase()));
  const own: Line = [ownAddress, [...new Set([hostname, hostname.replace(/\..*/, '')])]];
  const usual = [...LOCAL, own].map(([address, names], index, lines): Line => {
    const earlier = lines.slice(0, index).flatMap(([, known]) => known);
    const isFree = (name: string) => !declared.has(name.toLowerCase());
    return [
      address,
      names.filter((name) => isFree(name) && (index < LOCAL.length || !earlier.includes(name))),
    ];
  });
  const lines = [...usual, ...Object.entries(hosts).map(([name, address]): Line => [address, [name]])];
  return lines
    .filter(([, names]) => names.length > 0)
    .map(([address, names]) => `${[address, ...names].map(word).join('\t')}\n`)
    .join('');
}

function word(text: string): string {
  return fileWord('/etc/hosts', text);
}
