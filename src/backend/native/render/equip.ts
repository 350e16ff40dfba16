import { hostId } from '../../../linux/id-maps.ts';
import type { ContainerSpec, IdMaps } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Entry, Label } from '../program/program.ts';
import { type BindSpec, bind, isOfHostGroups } from './bind.ts';
import { type Channel, receiveDescriptors, sendDescriptors } from './channel.ts';
import { holdUserNamespace } from './held-user-namespace.ts';
import type { HostView, RenderRequest } from './input.ts';
import { makeDev } from './kernel-filesystems.ts';
import { raiseLimits } from './limits.ts';
import { close } from './mount-api.ts';
import { bindsOf } from './mounts.ts';
import { setOomScore } from './oom-score.ts';
import { closeLayers, firstLayerNumber, layersIn, mapLayers, mountMappedOverlay } from './overlay.ts';
import { mountBind } from './rootfs.ts';
import { makeSecrets } from './secrets.ts';
import { acceptNamespaces, actAsRootInside, type Take, visitMountNamespace } from './user-namespace.ts';

/** How many mounts an init in a user namespace of its own is handed. */
export function equipmentCount(request: RenderRequest): number {
  const { secrets } = request.container.security;
  return request.rootfs.mounts.length + 1 + bindsOfKeeper(request).length + (secrets.length > 0 ? 1 : 0);
}

/**
 * The binds that take the host's rights or its mount namespace: all of those of an init in a user namespace
 * of its own, else the few that stay in touch with the host's mounts or whose owners are mapped.
 */
export function bindsOfKeeper({ container }: RenderRequest): BindSpec[] {
  return bindsOf(container.mounts).filter(isOfKeeper(container));
}

function isOfKeeper({ security }: ContainerSpec): (mount: BindSpec) => boolean {
  if (security.userNamespace !== undefined) return () => true;
  return (mount) => isOfHostGroups(mount) || mount.owner !== undefined || mount.idmap !== undefined;
}

/** Where the keeper goes on when init has failed before it has its mounts, and when it fails itself. */
interface Ways {
  gone: Label;
  failed: Label;
}

/** What the keeper does for an init in the host's user namespace: it hands over the binds that are the keeper's. */
export function equipWithBinds(
  p: ProgramBuilder,
  request: RenderRequest,
  channel: Channel,
  { gone, failed }: Ways,
): void {
  const namespaces = holdNamespaces(p, request, failed);
  const binds = bindsOfKeeper(request).map((spec) => bindMapped(p, request, spec, namespaces));
  for (const namespace of namespaces.values()) close(p, namespace);
  const results = binds.map((result) => ({ result }));
  sendDescriptors(p, 'hand the mounts to init', channel.parent, results, gone);
  for (const descriptor of binds) close(p, descriptor);
}

/** All binds of a container, with its user namespace if it has one, for who attaches them itself: detached mounts. */
export function makeBinds(
  p: ProgramBuilder,
  request: RenderRequest,
  failed: Label,
  user?: Argument,
): (mount: BindSpec) => Argument {
  const namespaces = holdNamespaces(p, request, failed);
  const made = new Map(
    bindsOf(request.container.mounts).map((spec) => [spec, bindMapped(p, request, spec, namespaces, user)]),
  );
  for (const namespace of namespaces.values()) close(p, namespace);
  return (mount) => {
    const result = made.get(mount);
    return result === undefined ? -1 : { result };
  };
}

/** User namespaces by the maps that they hold: mounts with the same maps share one. */
type Namespaces = ReadonlyMap<string, Argument>;

function holdNamespaces(p: ProgramBuilder, { mappedBinds }: RenderRequest, failed: Label): Namespaces {
  const namespaces = new Map<string, Argument>();
  for (const { maps } of mappedBinds?.values() ?? []) {
    const key = JSON.stringify(maps);
    if (!namespaces.has(key)) namespaces.set(key, holdUserNamespace(p, maps, failed));
  }
  return namespaces;
}

/** With owners of its own, or those of the container's user namespace if it has one. */
function bindMapped(
  p: ProgramBuilder,
  { mappedBinds }: RenderRequest,
  spec: BindSpec,
  namespaces: Namespaces,
  user?: Argument,
): Entry {
  const mapped = mappedBinds?.get(spec);
  if (mapped === undefined) return bind(p, spec, user);
  return bind(p, spec, namespaces.get(JSON.stringify(mapped.maps)), mapped.expected);
}

/** In init: where each bind comes from, in the order of their attaching. */
export function supplyBinds(
  p: ProgramBuilder,
  request: RenderRequest,
  channel: Channel | undefined,
  take: Take,
): (mount: BindSpec) => Argument {
  const { userNamespace } = request.container.security;
  const count = userNamespace === undefined ? bindsOfKeeper(request).length : 0;
  if (channel === undefined || count === 0) return (mount) => take(() => bind(p, mount));
  const handed = receiveDescriptors(p, 'take mounts from the keeper', channel.child, count);
  const isHanded = isOfKeeper(request.container);
  return (mount) => (isHanded(mount) ? (handed.shift() ?? -1) : take(() => bind(p, mount)));
}

/** A process that was born in a user namespace of its own. */
interface BornInside {
  /** Its number, seen from the host. */
  pid: Argument;
  /** Who has made it has written the maps; its score for the kernel's choice of whom to kill is still to be written. */
  ofTool?: { oomScore: number | undefined };
}

/**
 * What the keeper does for an init in a user namespace of its own: it writes the maps, makes the mounts
 * that take the host's rights, and hands them over in the order in which init attaches them. Goes on at
 * `gone` where init has failed before.
 */
export function equipInit(
  p: ProgramBuilder,
  request: RenderRequest,
  host: HostView,
  channel: Channel,
  maps: IdMaps,
  { pid, ofTool }: BornInside,
  { gone, failed }: Ways,
): void {
  const { self, user, mount } = acceptNamespaces(p, channel.parent, ofTool ? undefined : maps, gone);
  if (ofTool?.oomScore !== undefined) setOomScore(p, ofTool.oomScore, { directory: self });
  raiseLimits(p, host, pid, 'init');
  const umask = p.call('make files with the modes that are asked for', 'umask', 0);
  const actAsOneself = actAsRootInside(p, maps, host.rights);
  // Where nobody else is, and the layers may stay.
  const visit = () => visitMountNamespace(p, mount);
  const parts = mountParts(p, request, user, { place: '/dev', visit, held: 0 });
  const dev = makeDev(p, host.devices);
  actAsOneself();
  // When the numbers of the layers are free again.
  const namespaces = holdNamespaces(p, request, failed);
  const binds = bindsOf(request.container.mounts).map((spec) =>
    bindMapped(p, request, spec, namespaces, user),
  );
  const secrets = secretsOf(p, request, maps);
  p.call('take the umask back', 'umask', { result: umask });

  const equipment = [...parts, dev, ...binds, ...secrets];
  const words = 'hand the mounts to init';
  sendDescriptors(
    p,
    words,
    channel.parent,
    equipment.map((result) => ({ result })),
    gone,
  );
  for (const descriptor of [self, user, mount, ...namespaces.values(), ...equipment]) close(p, descriptor);
}

/** Their sources are the host's, which the container's root could not read. */
export function secretsOf(
  p: ProgramBuilder,
  { container, identity }: RenderRequest,
  { uids, gids }: IdMaps,
): Entry[] {
  const { secrets } = container.security;
  if (secrets.length === 0) return [];
  const owners = {
    uid: hostId(uids, identity.uid) ?? 0,
    gid: hostId(gids, identity.gid) ?? 0,
    root: { uid: hostId(uids, 0) ?? 0, gid: hostId(gids, 0) ?? 0 },
  };
  return [makeSecrets(p, secrets, owners)];
}

/** Where layers are attached as long as overlays are made of them; between the two calls of `visit`. */
interface LayerPlace {
  place: string;
  visit: () => () => void;
  /** How many mounts are open that are to be attached later. */
  held: number;
}

/** The parts of the root filesystem with the owners of a user namespace: detached mounts. */
export function mountParts(
  p: ProgramBuilder,
  { container, rootfs }: RenderRequest,
  user: Argument,
  { place, visit, held }: LayerPlace,
): Entry[] {
  const binds = new Map(
    rootfs.mounts.flatMap((instruction) =>
      instruction.type === 'bind'
        ? [[instruction, mountBind(p, instruction, container.rootfs.readOnly, user)] as const]
        : [],
    ),
  );
  const layers = rootfs.mounts.flatMap((instruction) =>
    instruction.type === 'overlay' ? [mapLayers(p, instruction, user)] : [],
  );
  if (layers.length === 0) return [...binds.values()];
  const first = firstLayerNumber(held + rootfs.mounts.length + layersIn(rootfs.mounts));
  const leave = visit();
  const overlays = new Map(
    layers.map((mapped) => [mapped.instruction, mountMappedOverlay(p, mapped, first, place)] as const),
  );
  leave();
  closeLayers(p, rootfs.mounts, first);
  return rootfs.mounts.map((instruction) => {
    const made = instruction.type === 'bind' ? binds.get(instruction) : overlays.get(instruction);
    if (made === undefined) throw new Error(`no mount for "${instruction.target}"`);
    return made;
  });
}
