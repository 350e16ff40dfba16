import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { LaunchRequest } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { isErrno } from '../linux/descriptor.ts';
import { processIsAlive } from '../linux/process.ts';
import { hasNames, nameServerOf } from '../network/new-network.ts';
import { type NameResolution, parseResolvConf } from '../network/resolv-conf.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState, Endpoint, ProcessReference } from '../schema/container-state.ts';
import type { Publication } from './publish.ts';
import type { Workplace } from './workplace.ts';

/** Resolvers ask no more (resolv.conf(5), MAXNS). */
const MOST_SERVERS = 3;

/** What a backend is given of a network, as long as it is open. */
export interface JoinedNetwork extends Pick<LaunchRequest, 'networkNamespace' | 'interfaces' | 'holds'> {
  /** Closes what a backend has copies of now. */
  release(): void;
  /** What is recorded of the ports that are published, and of where they are held. */
  published?: Publication['record'];
  /** For a start that fails. */
  withdraw?: Publication['withdraw'];
}

/** Sees to it that the names of these networks, whose bridges are there, are served as long as containers run in them. */
export type ServeNames = (networks: string[]) => Promise<void>;

/**
 * Opens the network that a container joins, where it is that of another one, or makes the networks that it is attached
 * to, has their names served, and publishes its ports, of which those in the box `held` are held for it. Throws
 * SC_NOT_FOUND where there is no such container, SC_WRONG_STATE where it does not run, SC_UNSUPPORTED for who could
 * reach what that one may not, and SC_EXISTS for a port that somebody has.
 */
export async function joinNetwork(
  place: Workplace,
  joining: Pick<ContainerState, 'id' | 'name' | 'spec' | 'ports'>,
  endpoints: readonly Endpoint[],
  serveNames: ServeNames,
  held?: number,
): Promise<JoinedNetwork> {
  const { container, ports } = joining.spec.network;
  if (endpoints.length > 0) {
    const { bridgesUp } = await import('./endpoints.ts');
    const attached = await bridgesUp(place, endpoints);
    const named = endpoints.map(({ network }) => network).filter(hasNames);
    if (named.length > 0) await serveNames(named);
    await fenceIn(place, joining, endpoints);
    if (ports === undefined) return { interfaces: attached, ...(await emptyBox()) };
    const interfaces = attached.map((each) => ({ ...each, isReflected: true }));
    const { publish } = await import('./publish.ts');
    const { record, ...publication } = await publish(place, joining, ports, endpoints, held);
    return { interfaces, ...publication, published: record };
  }
  if (container === undefined) return { release: () => undefined };
  await refuseDisguises(place, joining.spec);
  const { status, init, name } = await place.observe(await findJoined(place, container));
  const isThere = (status === 'running' || status === 'paused') && init !== undefined;
  const networkNamespace = isThere ? openNetwork(init) : undefined;
  if (networkNamespace === undefined) {
    throw new ScError(
      'SC_WRONG_STATE',
      `join the network of "${name}": it is ${isThere ? 'stopped' : status}`,
      {
        hint: `sc start ${name}`,
      },
    );
  }
  return { networkNamespace, release: () => closeSync(networkNamespace) };
}

/** With one of them a container can send as if it were another, and so reach what is not for the one whose network it is. */
const disguises = new Set(['CAP_NET_RAW', 'CAP_NET_ADMIN']);

async function refuseDisguises(place: Workplace, spec: ContainerSpec): Promise<void> {
  const capability = spec.security.capabilities.find((name) => disguises.has(name));
  if (capability === undefined) return;
  const owner = (await filesOf(place, spec)).files.at(-1);
  if (owner?.egress === undefined) return;
  const words = `join the network of "${spec.network.container}"`;
  throw new ScError(
    'SC_UNSUPPORTED',
    `${words}: what it may reach is limited, and ${capability} is a way round`,
    {
      hint: `do without ${capability}`,
    },
  );
}

/** In which its keeper holds the ports that are published while it runs (changed-ports.ts). */
async function emptyBox(): Promise<Pick<JoinedNetwork, 'holds' | 'release' | 'published'>> {
  const { newDescriptorBox } = await import('../linux/descriptor-box.ts');
  const box = newDescriptorBox();
  return { holds: [box], release: () => closeSync(box), published: { portsSocket: fstatSync(box).ino } };
}

/** Before it has an interface. */
async function fenceIn(
  place: Workplace,
  { id, name, spec: { network } }: Pick<ContainerState, 'id' | 'name' | 'spec'>,
  endpoints: readonly Endpoint[],
): Promise<void> {
  const { egress } = network;
  if (egress === undefined) return;
  const { fence } = await import('../network/egress.ts');
  const { Networks } = await import('../network/networks.ts');
  const { chains } = new Networks(place.settings.root);
  const servers = await nameServersOf(
    place,
    endpoints.map((endpoint) => endpoint.network),
  );
  fence(`keep "${name}" to what it may reach`, chains, { id, egress, endpoints, servers });
}

/** Where the names of networks are served. */
async function nameServersOf(place: Workplace, networks: readonly string[]): Promise<string[]> {
  const { Networks } = await import('../network/networks.ts');
  const known = new Networks(place.settings.root);
  return networks.filter(hasNames).flatMap((name) => {
    const network = known.find(name);
    return network === undefined ? [] : (nameServerOf(network) ?? []);
  });
}

/**
 * What a container finds in resolv.conf: what its file says, and else what holds in the network that it is in. Where
 * containers have names it asks the server for these, which asks `serversOf` for the rest. `endpoints` are its
 * places by now, which need not be those of the file.
 */
export async function namesOf(
  place: Workplace,
  spec: ContainerSpec,
  endpoints?: readonly Endpoint[],
): Promise<NameResolution> {
  const { files, networks } = await filesOf(place, spec, endpoints);
  const names = resolutionBy(files);
  // A server that only the container itself reaches is its own, as are those of who joins the network of another.
  const own = files.slice(0, -1).some(({ dns }) => dns.servers.length > 0);
  const isWithin = files.at(-1)?.dns.servers.some((server) => !isBeyond(server)) === true;
  if (own || isWithin || !networks.some(hasNames)) return names;
  const servers = await nameServersOf(place, networks);
  if (servers.length === 0) return names;
  // A name of a neighbour has no dot, and is not to be looked for in other domains first, which may have anything.
  const isCounted = names.options.some((option) => option.startsWith('ndots:'));
  const options = isCounted ? names.options : [...names.options, 'ndots:0'];
  return { ...names, servers: servers.slice(0, MOST_SERVERS), options };
}

/**
 * The name servers that a container would ask if none of its neighbours had a name; those of the machine itself where
 * there are no others.
 */
export function serversOf(spec: ContainerSpec): readonly string[] {
  const { servers } = resolutionBy([spec.network]);
  return servers.length > 0 ? servers : namesOfHost().servers;
}

/** What is said of the network that a container is in, by itself and by those that it joins, and the networks of the last. */
async function filesOf(
  place: Workplace,
  spec: ContainerSpec,
  endpoints?: readonly Endpoint[],
): Promise<{ files: ContainerSpec['network'][]; networks: string[] }> {
  const files = [spec.network];
  let attached = endpoints;
  const seen = new Set([spec.id]);
  for (let container = spec.network.container; container !== undefined; ) {
    const { id, spec: joined, endpoints: theirs } = await findJoined(place, container);
    // Names may lead in a circle since their containers were made anew.
    if (seen.has(id)) break;
    seen.add(id);
    files.push(joined.network);
    attached = theirs;
    container = joined.network.container;
  }
  const planned = files.at(-1)?.networks?.map(({ name }) => name) ?? [];
  return { files, networks: attached?.map(({ network }) => network) ?? planned };
}

function resolutionBy(files: readonly ContainerSpec['network'][]): NameResolution {
  const said: NameResolution[] = files.map(({ dns }) => dns);
  const mode = files.at(-1)?.mode;
  if (mode === 'host') said.push(namesOfHost());
  if (mode === 'network') said.push(namesBeyondHost());
  return {
    servers: firstSaid(said.map(({ servers }) => servers)),
    search: firstSaid(said.map(({ search }) => search)),
    options: firstSaid(said.map(({ options }) => options)),
  };
}

function firstSaid(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.find((list) => list.length > 0) ?? [];
}

/** Those of the host that are reached from another network, where the host's own loopback is not. */
function namesBeyondHost(): NameResolution {
  const own = namesOfHost();
  const beyond = own.servers.filter(isBeyond);
  // Where a resolver of systemd stands between, these are the servers that it asks (systemd-resolved.service(8)).
  const servers =
    beyond.length > 0 ? beyond : namesOfHost('/run/systemd/resolve/resolv.conf').servers.filter(isBeyond);
  return { ...own, servers };
}

function isBeyond(server: string): boolean {
  return !/^(127\.|::1$)/.test(server);
}

/** As they are now. A host may have none. */
function namesOfHost(path = '/etc/resolv.conf'): NameResolution {
  try {
    return parseResolvConf(readFileSync(path, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { servers: [], search: [], options: [] };
    throw error;
  }
}

function findJoined({ store }: Workplace, reference: string): Promise<ContainerState> {
  return naming(`join the network of "${reference}"`, () => store.find(reference));
}

/** A descriptor of the network that a process is in; undefined where it has ended. It is looked at last, so that it is that one's and of no later one with its number. */
export function openNetwork(init: ProcessReference): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(`/proc/${init.pid}/ns/net`, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
  if (processIsAlive(init)) return descriptor;
  closeSync(descriptor);
  return undefined;
}
