import { closeSync } from 'node:fs';
import { featuresOf } from '../../backend/registry.ts';
import { ScError } from '../../errors/error.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { parseAddress } from '../../linux/ip-address.ts';
import { attachLive, detachLive, leadOut } from '../../network/live.ts';
import type { Networks } from '../../network/networks.ts';
import { hasNames } from '../../network/new-network.ts';
import { refusedParts } from '../../plan/honoured.ts';
import { sameAddress } from '../../plan/networks.ts';
import type { ContainerState, Endpoint } from '../../schema/container-state.ts';
import type { NetworkState } from '../../schema/network-state.ts';
import type { NetworkConnectRequest, NetworkConnectResult } from '../../schema/operations/network-connect.ts';
import type {
  NetworkDisconnectRequest,
  NetworkDisconnectResult,
} from '../../schema/operations/network-disconnect.ts';
import { openNetwork } from '../container-network.ts';
import { bridgeOf, takeDownUnused } from '../endpoints.ts';
import { finishAbandoned } from '../recover.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace, type Workplace } from '../workplace.ts';
import { claimPlace, freePlaces, withWaysOut } from './claim.ts';
import { networksOf } from './found.ts';
import { networkNamed } from './make.ts';

/** Most places of one container: the number of each is one digit of the name of its interface on the machine. */
const MOST = 32;

/**
 * Attaches a container to a network, also while it runs. It is recorded before it is made, so that a start makes what a
 * killed sc has not. Throws SC_NOT_FOUND, SC_EXISTS, SC_USAGE, SC_UNSUPPORTED and SC_WRONG_STATE; nothing has changed then.
 */
export async function connectNetwork(
  request: NetworkConnectRequest,
  settings: Settings,
): Promise<NetworkConnectResult> {
  const words = `connect "${request.container}" to network "${request.network}"`;
  checkRequest(request, words);
  return withContainer(request.container, settings, async (place, networks, container) => {
    const { id, name, endpoints: before = [] } = container;
    await refuseUnfit(container, request, words);
    if (before.some(({ network }) => network === request.network))
      throw new ScError('SC_EXISTS', `${words}: it is attached to it already`, {
        hint: `sc network disconnect ${request.network} ${name}`,
      });
    const { addresses = [], mac, aliases = [] } = request;
    const network = await networkNamed(place, networks, request.network);
    const attachment = {
      name: network.name,
      addresses: addresses.map(sameAddress),
      ...(mac !== undefined && { mac: mac.toLowerCase() }),
      aliases,
    };
    const claimed = claimPlace(place.store, networks, network, attachment, { id, index: freeIndex(before) });
    const endpoints = withWaysOut([...before, claimed], statesOf(networks, [...before, claimed]));
    const endpoint = endpoints.at(-1) ?? claimed;
    const giveUpPlace = () => {
      freePlaces(networks, id, [endpoint]);
      takeDownUnused(place, networks, network.name);
    };
    await record(place, id, endpoints).catch((error) => {
      giveUpPlace();
      throw error;
    });
    try {
      if (container.spec.network.egress !== undefined) await fenceAlso(networks.chains, container, endpoint);
      withNetworkOf(container, (namespace) =>
        attachLive(endpoint, { namespace, bridge: bridgeOf(networks, network) }),
      );
    } catch (error) {
      detachLive(endpoint);
      await fenceNoMore(networks.chains, container, endpoint);
      // Whose record still names the place keeps it.
      await record(place, id, before);
      giveUpPlace();
      throw error;
    }
    return { container: { id, name }, endpoint };
  });
}

/** Takes a container off a network, also while it runs. Throws SC_NOT_FOUND, and SC_WRONG_STATE while it is made. */
export async function disconnectNetwork(
  { network, container: reference }: NetworkDisconnectRequest,
  settings: Settings,
): Promise<NetworkDisconnectResult> {
  return withContainer(reference, settings, async (place, networks, container) => {
    const { id, name, endpoints: before = [] } = container;
    const endpoint = before.find((one) => one.network === network);
    if (endpoint === undefined) {
      const words = `disconnect "${name}" from network "${network}": it is not attached to it`;
      throw new ScError('SC_NOT_FOUND', words, { hint: `sc inspect ${name} shows its endpoints` });
    }
    refusePublished(container, endpoint);
    const left = before.filter((one) => one !== endpoint);
    const endpoints = withWaysOut(left, statesOf(networks, left));
    detachLive(endpoint);
    withNetworkOf(container, (namespace) => leadOut(endpoints, namespace));
    await record(place, id, endpoints);
    await fenceNoMore(networks.chains, container, endpoint);
    freePlaces(networks, id, [endpoint]);
    takeDownUnused(place, networks, network);
    return { container: { id, name }, network };
  });
}

/** Nobody starts or deletes the container meanwhile, and nobody else gives addresses. */
async function withContainer<Result>(
  reference: string,
  settings: Settings,
  action: (place: Workplace, networks: Networks, container: ContainerState) => Promise<Result>,
): Promise<Result> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const id = await place.store.identify(reference);
  return place.store.exclusively(id, () => {
    const networks = networksOf(place);
    return networks.exclusively(async () => {
      const container = await place.observe(await place.store.find(id));
      if (container.status !== 'creating') return action(place, networks, container);
      throw new ScError('SC_WRONG_STATE', `change the networks of "${container.name}": it is being made`);
    });
  });
}

/** No effect on a container that does not run: its next start goes by the record. */
function withNetworkOf({ status, init }: ContainerState, use: (namespace: number) => void): void {
  if ((status !== 'running' && status !== 'paused') || init === undefined) return;
  const namespace = openNetwork(init);
  if (namespace === undefined) return;
  try {
    use(namespace);
  } finally {
    closeSync(namespace);
  }
}

/** Before it has the interface. */
async function fenceAlso(
  chains: string,
  { id, status }: ContainerState,
  { address }: Endpoint,
): Promise<void> {
  const { fenceInterface } = await import('../../network/egress.ts');
  // The next start fences all of them.
  if (status === 'running' || status === 'paused') fenceInterface(chains, id, address);
}

/** Its address there may be another container's from then on. */
async function fenceNoMore(
  chains: string,
  { id, spec }: ContainerState,
  { address }: Endpoint,
): Promise<void> {
  if (spec.network.egress === undefined) return;
  const { unfenceInterface } = await import('../../network/egress.ts');
  try {
    unfenceInterface(chains, id, address);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function record({ store }: Workplace, id: string, endpoints: Endpoint[]): Promise<void> {
  await store.update(id, ({ endpoints: before, ...state }) => ({
    ...state,
    ...(endpoints.length > 0 && { endpoints }),
  }));
}

async function refuseUnfit(
  { name, backend, spec: { network } }: ContainerState,
  { addresses, mac, aliases }: NetworkConnectRequest,
  words: string,
): Promise<void> {
  if (network.mode === 'host' || network.mode === 'container')
    throw new ScError('SC_WRONG_STATE', `${words}: the network that "${name}" is in is not its own`, {
      hint: 'attach the container whose network it is, or make it with another mode',
    });
  const part = { network: { networks: [{ name, addresses, mac, aliases }] } };
  const [refused] = refusedParts(JSON.parse(JSON.stringify(part)), await featuresOf(backend));
  if (refused === undefined) return;
  const { what, reason } = refused;
  throw new ScError(
    'SC_UNSUPPORTED',
    `${words}: ${what} is not supported by backend "${backend}": ${reason}`,
  );
}

/** Its address there is free for others from then on, who would be led to by its ports. */
function refusePublished(
  { name, status, ports = [] }: ContainerState,
  { network, gateways }: Endpoint,
): void {
  if (status === 'stopped' || status === 'created' || ports.length === 0 || gateways.length === 0) return;
  throw new ScError(
    'SC_WRONG_STATE',
    `disconnect "${name}" from network "${network}": its ports are published by it`,
    { hint: `sc stop ${name} first` },
  );
}

function checkRequest(
  { network, addresses = [], mac, aliases = [] }: NetworkConnectRequest,
  words: string,
): void {
  if (aliases.length > 0 && !hasNames(network))
    throw new ScError('SC_USAGE', `${words}: nobody finds a container by name there`, {
      hint: `without --alias, or in a network of yours: sc network create NAME`,
    });
  const families = addresses.map((address) => parseAddress(address)?.family);
  if (families.includes(undefined) || new Set(families).size < families.length)
    throw new ScError('SC_USAGE', `${words}: found ${addresses.join(' and ')}`, {
      hint: 'at most one address of IPv4 and one of IPv6',
    });
  if (mac === undefined || /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(mac)) return;
  throw new ScError('SC_USAGE', `${words}: "${mac}" is no hardware address of one interface`, {
    hint: 'such as 02:53:43:00:00:07',
  });
}

function freeIndex(endpoints: readonly Endpoint[]): number {
  const taken = new Set(endpoints.map((endpoint) => endpoint.interface));
  for (let index = 0; index < MOST; index++) if (!taken.has(`eth${index}`)) return index;
  throw new ScError('SC_USAGE', `attach to a network: a container has at most ${MOST}`);
}

function statesOf(networks: Networks, endpoints: readonly Endpoint[]): NetworkState[] {
  return endpoints.flatMap(({ network }) => networks.find(network) ?? []);
}
