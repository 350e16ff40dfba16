import { isDeepStrictEqual } from 'node:util';
import { ScError } from '../errors/error.ts';
import { formatAddress, formatSubnet, parseAddress, parseSubnet } from '../linux/ip-address.ts';
import type { Network } from '../schema/container-file.ts';
import type { NetworkSpec } from '../schema/network-spec.ts';
import type { NetworkState } from '../schema/network-state.ts';
import type { PlanField, PlanStep } from '../schema/plan.ts';
import type { Fields } from './fields.ts';

/** What is known of the networks of this host that documents name: those that are there, by their names. */
export type NetworkFacts = ReadonlyMap<string, NetworkState>;

export function compileNetworkDocument(network: Network, fields: Fields): NetworkSpec {
  const { gateway, ipRange } = network;
  return {
    name: network.metadata.name,
    labels: fields.take('labels', network.labels, {}),
    subnets: fields.convert('subnets', network.subnets, [], (texts) => texts.map(sameSubnet)),
    ipv6: fields.take('ipv6', network.ipv6, false),
    ...(gateway !== undefined && { gateway: fields.convert('gateway', gateway, '', sameAddress) }),
    ...(ipRange !== undefined && { ipRange: fields.convert('ipRange', ipRange, '', sameSubnet) }),
    internal: fields.take('internal', network.internal, false),
    mtu: fields.take('mtu', network.mtu, 1500),
  };
}

/** What has to be done so that there is a network, which is that of a file then. Throws SC_EXISTS where there is one that is otherwise. */
export function stepsOfNetwork(
  network: NetworkSpec,
  fields: PlanField[],
  facts: NetworkFacts,
  file?: string,
): PlanStep[] {
  const { name } = network;
  const known = facts.get(name);
  if (known === undefined) {
    const whose = { ...(file !== undefined && { file }) };
    return [{ kind: 'createNetwork', name, network, ...whose, reason: 'there is none', fields }];
  }
  const differing = Object.entries(wantedOf(network)).find(
    ([key, value]) => !isDeepStrictEqual(value, isOf(known, network)[key]),
  );
  if (differing === undefined) return [];
  const [key, value] = differing;
  const is = JSON.stringify(isOf(known, network)[key]);
  throw new ScError(
    'SC_EXISTS',
    `network "${name}" is there, with ${key} ${is} where the file says ${JSON.stringify(value)}`,
    {
      hint: `a network stays as it is: name another, or delete who is attached and sc network remove ${name}`,
    },
  );
}

/** In the words of the file, as far as that says something. */
function wantedOf({ subnets, gateway, ipRange, ipv6, internal, mtu, labels }: NetworkSpec) {
  return {
    ...(subnets.length > 0 ? { subnets: subnets.toSorted() } : {}),
    ...(gateway !== undefined && { gateway }),
    ...(ipRange !== undefined && { ipRange }),
    ipv6: ipv6 || subnets.some(isIpv6),
    internal,
    mtu,
    labels,
  };
}

/** The same of one that is there, which has ranges that nobody asked for. */
function isOf(
  { subnets, internal, mtu, labels }: NetworkState,
  wanted: NetworkSpec,
): { [key: string]: unknown } {
  const texts = subnets.map(({ subnet }) => subnet);
  const given = (text: string) => wanted.ipv6 && !wanted.subnets.some(isIpv6) && isIpv6(text);
  const gateways = subnets.map(({ gateway }) => gateway);
  const ranges = subnets.map(({ ipRange }) => ipRange);
  return {
    subnets: texts.filter((text) => !given(text)).toSorted(),
    gateway: gateways.find((gateway) => gateway === wanted.gateway) ?? gateways[0],
    ipRange: ranges.find((range) => range === wanted.ipRange) ?? ranges[0],
    ipv6: texts.some(isIpv6),
    internal,
    mtu,
    labels,
  };
}

function isIpv6(subnet: string): boolean {
  return subnet.includes(':');
}

/** Written in the one way in which it is recorded; a check has seen to it that it is one. */
function sameSubnet(text: string): string {
  const subnet = parseSubnet(text);
  return subnet === undefined ? text : formatSubnet(subnet);
}

export function sameAddress(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatAddress(address);
}
