import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { bootId } from '../linux/boot.ts';
import { makeLink, readLink, removeLink, unless } from '../linux/link.ts';
import type { Chain } from './chains.ts';
import { BRIDGES } from './firewall.ts';
import { type Rules, removeRules } from './rules.ts';

const IPV4 = '/proc/sys/net/ipv4';
const IPV6 = '/proc/sys/net/ipv6/conf';
const WHOLE_IPV4 = `${IPV4}/ip_forward`;
const WHOLE_IPV6 = `${IPV6}/all/forwarding`;

/** A setting that is changed for networks, by the name of its note. */
interface Setting {
  note: string;
  path: string;
  /** What it is from then on. */
  wanted: string;
  /** The setting of the whole family: whoever changes it meanwhile decides of this one too. */
  decisive: string;
}

/** Interfaces by which all that has no other route is reached. */
export interface Uplinks {
  ipv4: readonly string[];
  ipv6: readonly string[];
}

/** What would be changed of the machine's settings, in the words of sysctl(8). */
export function settingsToChange(uplinks: Uplinks): string[] {
  return settingsOf(uplinks)
    .filter(({ path, wanted }) => readSetting(path) !== wanted)
    .map(({ path }) => path.slice('/proc/sys/'.length).replaceAll('/', '.'));
}

/** Directories in which it is noted what is there of networks. */
export interface Notes {
  /** What was changed of the machine's own interfaces. */
  forwarding: string;
  /** Which rules are chains of iptables. */
  chains: string;
}

/** What is to be done so that packets are passed on: first the rules, then the settings. */
export interface Forwarding {
  rules: Rules[];
  /** Of a bridge that is there. */
  switchOn(bridge: string): void;
}

/**
 * Lets the kernel pass packets on between bridges and the uplinks. Of IPv4 each interface has its own setting, so that
 * the machine does not become a router by net.ipv4.ip_forward. Of IPv6 there is only that of the whole machine, which
 * would have it believe its own routers no more (ip-sysctl, accept_ra), so that these are believed all the same. What is
 * changed is noted now in `directory`.
 */
export function forwardingBy(uplinks: Uplinks, directory: string): Forwarding {
  const changing = settingsOf(uplinks).filter(({ path, wanted }) => readSetting(path) !== wanted);
  for (const { note, path, decisive } of changing) {
    removeLink(join(directory, note));
    makeLink(join(directory, note), [bootId(), readSetting(path), readSetting(decisive)].join(' '));
  }
  return {
    rules: guardRules(directory),
    switchOn(bridge) {
      writeFileSync(`${IPV4}/conf/${bridge}/forwarding`, '1');
      for (const { path, wanted } of changing) writeFileSync(path, wanted);
    },
  };
}

/**
 * Has the machine believe nobody on a bridge who says that he is a router: a container with raw sockets could become its
 * way to all of IPv6 (RFC 6104). No effect where the kernel has no IPv6.
 */
export function ignoreRouters(bridge: string): void {
  unless(['ENOENT'], () => writeFileSync(`${IPV6}/${bridge}/accept_ra`, '0'));
}

/**
 * Takes back what was changed and is as it was left, but for interfaces that are gone, also since the machine was started
 * anew. What somebody has set meanwhile for all interfaces is his.
 */
export function stopForwarding(words: string, { forwarding: directory, chains }: Notes): void {
  const notes = notesOf(directory);
  for (const note of notes) {
    const { path, wanted } = note.setting;
    if (isOurs(note) && readSetting(path) === wanted)
      unless(['ENOENT'], () => writeFileSync(path, note.before));
  }
  if (notes.length > 0) removeRules(words, chains, guardOf(directory));
  for (const { setting } of notes) removeLink(join(directory, setting.note));
}

/**
 * Whoever is on the link of an interface could reach others through the machine, now that it passes packets on. Answers
 * may pass, and what somebody publishes: that is between somebody else's networks and the outside, and his.
 */
function guardRules(directory: string): Rules[] {
  const notes = notesOf(directory);
  if (notes.length === 0) return [];
  const name = guardOf(directory);
  const ours = notes.filter(isOurs).map(({ setting }) => setting.note);
  const interfaces = ours.filter((note) => note.startsWith('4.')).map((note) => note.slice(2));
  const isWhole6 = ours.includes('6');
  if (interfaces.length === 0 && !isWhole6) return [{ name, chains: [] }];
  return [{ name, table: guardTable(interfaces, isWhole6), chains: guardChains(interfaces, isWhole6) }];
}

/** As nft(8) reads it. */
function guardTable(interfaces: readonly string[], isWhole6: boolean): string {
  const names = interfaces.map((name) => `"${name}"`);
  const rules = [
    ...(names.length > 0
      ? [`meta nfproto ipv4 iifname { ${names.join(', ')} } oifgroup != ${BRIDGES} drop`]
      : []),
    ...(isWhole6 ? [`meta nfproto ipv6 iifgroup != ${BRIDGES} oifgroup != ${BRIDGES} drop`] : []),
  ];
  return `  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ct status dnat accept
${rules.map((rule) => `    ${rule}\n`).join('')}  }
`;
}

function guardChains(interfaces: readonly string[], isWhole6: boolean): Chain[] {
  const passing = ['ESTABLISHED,RELATED', 'DNAT'].map((state) => `-m conntrack --ctstate ${state} -j RETURN`);
  const rules4 = interfaces.map((name) => `-i ${name} -m devgroup ! --dst-group ${BRIDGES} -j DROP`);
  const rules6 = isWhole6 ? [`-m devgroup ! --src-group ${BRIDGES} ! --dst-group ${BRIDGES} -j DROP`] : [];
  return [
    { family: 4 as const, rules: rules4 },
    { family: 6 as const, rules: rules6 },
  ]
    .filter(({ rules }) => rules.length > 0)
    .map(({ family, rules }) => {
      const all = [...passing, ...rules];
      return { family, table: 'filter', part: 'forward', hooks: ['FORWARD'], rules: all };
    });
}

/** One for each directory of notes, and nobody else's. */
function guardOf(directory: string): string {
  return `sc-forwarding-${createHash('sha256').update(directory).digest('hex').slice(0, 12)}`;
}

/** That of IPv6 last, since it changes others. */
function settingsOf({ ipv4, ipv6 }: Uplinks): Setting[] {
  return [...ipv4.map((name) => settingNamed(`4.${name}`)), ...settingsOfIpv6(ipv6)];
}

function settingsOfIpv6(names: readonly string[]): Setting[] {
  if (names.length === 0) return [];
  const believing = names.filter((name) => ['1', '2'].includes(readSetting(`${IPV6}/${name}/accept_ra`)));
  return [...believing.map((name) => `6.${name}`), '6'].map(settingNamed);
}

function settingNamed(note: string): Setting {
  const [, family, name] = /^([46])(?:\.(.*))?$/.exec(note) ?? [];
  if (family === '4')
    return { note, path: `${IPV4}/conf/${name}/forwarding`, wanted: '1', decisive: WHOLE_IPV4 };
  if (name === undefined) return { note, path: WHOLE_IPV6, wanted: '1', decisive: WHOLE_IPV6 };
  // 2: routers are believed although the machine is one.
  return { note, path: `${IPV6}/${name}/accept_ra`, wanted: '2', decisive: `${IPV6}/${name}/accept_ra` };
}

interface Note {
  setting: Setting;
  boot: string;
  /** What it was. */
  before: string;
  /** What the decisive one was. */
  decided: string;
}

function notesOf(directory: string): Note[] {
  return (unless(['ENOENT'], () => readdirSync(directory)) ?? []).map((note) => {
    const [boot = '', before = '0', decided = ''] = (readLink(join(directory, note)) ?? '').split(' ');
    return { setting: settingNamed(note), boot, before, decided };
  });
}

/** Whether it is of this boot, and nobody has decided otherwise since. */
function isOurs({ setting: { path, decisive }, boot, decided }: Note): boolean {
  return boot === bootId() && (path === decisive || readSetting(decisive) === decided);
}

/** Nothing where there is no such interface, or no IPv6. */
function readSetting(path: string): string {
  return unless(['ENOENT'], () => readFileSync(path, 'utf8').trim()) ?? '';
}

/**
 * Lets what comes from 127.0.0.1 be led to a container, and its answers come back: they have an address there that is
 * of the loopback. No other interface is changed; the rules of the network drop what a container itself would send there.
 */
export function letLoopbackOut(bridge: string): void {
  writeFileSync(`${IPV4}/conf/${bridge}/route_localnet`, '1');
}

/** The interfaces by which others come to addresses of this machine; 0.0.0.0 is all of them. */
export function interfacesAt(addresses: readonly string[]): Uplinks {
  const names = Object.entries(networkInterfaces()).flatMap(([name, own = []]) => {
    const isMeant = own.some(
      ({ address, family, internal }) =>
        family === 'IPv4' && !internal && (addresses.includes(address) || addresses.includes('0.0.0.0')),
    );
    return isMeant ? [name] : [];
  });
  return { ipv4: names, ipv6: [] };
}
