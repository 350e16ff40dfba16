import {
  type CgroupGroup,
  type CgroupParent,
  type CgroupPlace,
  type CgroupResources,
  type HostCgroups,
  type HostLook,
  type Room,
  rootOf,
} from './cgroup.ts';
import { type CgroupRequest, placesOf, refuseUnfit, versions } from './plan.ts';

interface ChangeRequest extends Pick<CgroupRequest, 'parent' | 'id'> {
  before: CgroupResources;
  after: CgroupResources;
}

/** What has to be done for a container in use to have other limits, as data; in this order. */
export interface CgroupChange {
  /** Directories that hand down what they did not until now (v2). */
  parents: readonly CgroupParent[];
  writes: readonly ChangedFile[];
  /** Groups that the container had no need of until now (v1), for all of its processes to join. */
  added: readonly AddedGroup[];
}

/** A value for a file of a group, and the one that takes it back. */
export interface ChangedFile {
  group: string;
  file: string;
  value: string;
  before: string;
  room?: Room;
}

export interface AddedGroup extends CgroupGroup {
  /** Outermost first. */
  parents: readonly CgroupParent[];
}

/**
 * What has to be done for a container that has the limits `before` to have those `after`. In `host` the trees
 * are as the container's groups are in them. Fails closed, as planCgroups does.
 */
export function planChange(
  host: HostCgroups,
  { before, after, ...request }: ChangeRequest,
  look: HostLook,
): CgroupChange {
  refuseUnfit(host, after, look);
  const places = (resources: CgroupResources) =>
    placesOf(host, { ...request, resources, isInUse: true }, look);
  const [earlier, later] = [places(before), places(after)];
  const isThere = (place: CgroupPlace) => look.read(`${pathOf(place)}/cgroup.procs`) !== undefined;
  const old = new Map(earlier.filter(isThere).map((place) => [place.hierarchy, place]));
  return {
    parents: later.flatMap((place) => {
      const known = old.get(place.hierarchy);
      return known === undefined ? [] : newParents(known, place);
    }),
    writes: [
      // What is there for limits that are no more.
      ...earlier
        .filter(({ hierarchy }) => !later.some((place) => place.hierarchy === hierarchy))
        .filter(isThere)
        .flatMap((place) => changedFiles(place, { ...place, parts: [] })),
      ...later.filter(isThere).flatMap((place) => changedFiles(old.get(place.hierarchy), place)),
    ],
    added: later
      .filter((place) => !isThere(place))
      .map((place) => ({ ...versionOf(place).group(place), parents: versionOf(place).parents(place) }))
      .filter(({ writes }) => writes.length > 0),
  };
}

function newParents(old: CgroupPlace, place: CgroupPlace): CgroupParent[] {
  const parents = versionOf(place).parents(place);
  return JSON.stringify(parents) === JSON.stringify(versionOf(old).parents(old)) ? [] : parents;
}

/** First what is limited no more, so that nothing new is in its way. */
function changedFiles(old: CgroupPlace | undefined, place: CgroupPlace): ChangedFile[] {
  const [before, after] = [old ? valuesOf(old) : new Map<string, Value>(), valuesOf(place)];
  const lifted = [...before].flatMap(([key, { file, value, lift }]) =>
    after.has(key) ? [] : [{ group: pathOf(place), file, value: lift, before: value }],
  );
  const written = [...after].flatMap(([key, { file, value, lift, room }]) => {
    const known = before.get(key);
    if (known?.value === value) return [];
    return [{ group: pathOf(place), file, value, before: known?.value ?? lift, ...(room && { room }) }];
  });
  // What was written last goes first: no limit of memory and swap is below that of memory on the way.
  return [...lifted.reverse(), ...written];
}

interface Value {
  file: string;
  value: string;
  lift: string;
  room?: Room | undefined;
}

/** By what each is the one value of: a file, or a block device in it. */
function valuesOf({ parts }: CgroupPlace): Map<string, Value> {
  return new Map(
    parts.flatMap(({ writes, lifts }) =>
      writes.map(({ file, value, room }, index) => {
        const [device = ''] = /^\d+:\d+ /.exec(value) ?? [];
        return [file + device, { file, value, lift: lifts[index] ?? '', room }] as const;
      }),
    ),
  );
}

function pathOf({ hierarchy, parent, name }: CgroupPlace): string {
  return [rootOf(hierarchy), ...parent, name].join('/');
}

function versionOf({ hierarchy }: CgroupPlace) {
  return versions[hierarchy.version];
}
