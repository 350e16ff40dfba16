import { ScError } from '../../errors/error.ts';
import {
  type CgroupHierarchy,
  type CgroupPlace,
  type CgroupPlan,
  type CgroupRemark,
  type CgroupResources,
  type CgroupVersion,
  type GroupPart,
  type HostCgroups,
  type HostLook,
  rootOf,
} from './cgroup.ts';
import { controllers } from './controllers/all.ts';
import type { CgroupController, ControllerTree, LimitComplaint } from './controllers/controller.ts';
import { devices } from './controllers/devices.ts';
import { checkGroupName, parseParent } from './path.ts';
import { cgroupV1 } from './v1.ts';
import { cgroupV2 } from './v2.ts';

/** What differs between them. */
export const versions: Record<CgroupHierarchy['version'], CgroupVersion> = { 1: cgroupV1, 2: cgroupV2 };

export interface CgroupRequest {
  /** Absolute, from the root of each tree, such as `/sc`. */
  parent: string;
  id: string;
  resources: CgroupResources;
  /** The groups are there and are changed. */
  isInUse?: boolean;
}

/**
 * What has to be made for a container on this host. Fails closed: a limit that the host cannot hold throws
 * SC_HOST_UNFIT and names it; limits that contradict one another and paths with `..` throw SC_USAGE.
 */
export function planCgroups(
  host: HostCgroups,
  { parent, id, resources }: CgroupRequest,
  look: HostLook,
): CgroupPlan {
  refuseUnfit(host, resources, look);
  const places = placesOf(host, { parent, id, resources }, look);
  return {
    parents: places.flatMap((place) => versions[place.hierarchy.version].parents(place)),
    groups: places.map((place) => versions[place.hierarchy.version].group(place)),
    // Only trees in which the container is alone: in the others it would see the groups of its neighbours.
    mounts: places
      .filter(({ hierarchy, parts }) => hierarchy.version === 2 || parts.some(({ hidden }) => !hidden))
      .map((place) => versions[place.hierarchy.version].mount(place)),
    remarks: remarksOf(places),
  };
}

/** Throws what planCgroups throws for limits. */
export function refuseUnfit(host: HostCgroups, resources: CgroupResources, look: HostLook): void {
  const [complaint] = cgroupComplaints(host, resources, look);
  if (complaint !== undefined) throw refusal(complaint);
}

/** Where a container has groups, and what each controller does there. */
export function placesOf(
  host: HostCgroups,
  { parent, id, resources, isInUse = false }: CgroupRequest,
  look: HostLook,
): CgroupPlace[] {
  const above = parseParent(parent);
  const name = checkGroupName(id);
  return (
    host.hierarchies
      .map((hierarchy): CgroupPlace => {
        const used = controllers.filter(
          (controller) =>
            (controller.always(host) || controller.fields(resources).length > 0) &&
            hierarchyOf(host, controller) === hierarchy,
        );
        const group = [rootOf(hierarchy), ...above, name].join('/');
        const now = (file: string) => look.read(`${group}/${file}`);
        const tree = { hierarchy, accountsSwap: host.accountsSwap, look, ...(isInUse && { now }) };
        return {
          hierarchy,
          parent: above,
          name,
          parts: used.map((controller) => partOf(controller, resources, tree)),
        };
      })
      // A tree of v2 without controllers is joined all the same, for its cgroup.kill.
      .filter(({ hierarchy, parts }) => hierarchy.version === 2 || parts.length > 0)
  );
}

/**
 * Wherever a container may have a group, whatever it limits, and the directories above, innermost first:
 * for who cleans up without knowing what there was.
 */
export function possibleGroups(
  { hierarchies }: HostCgroups,
  { parent, id }: Pick<CgroupRequest, 'parent' | 'id'>,
): { groups: string[]; parents: string[] } {
  const above = parseParent(parent);
  const name = checkGroupName(id);
  return {
    groups: hierarchies.map((hierarchy) => [rootOf(hierarchy), ...above, name].join('/')),
    parents: hierarchies.flatMap((hierarchy) =>
      above.map((_, depth) => [rootOf(hierarchy), ...above.slice(0, above.length - depth)].join('/')),
    ),
  };
}

/** Each limit that this host cannot hold to, with the reason. */
export function cgroupComplaints(
  host: HostCgroups,
  resources: CgroupResources,
  look: HostLook,
): LimitComplaint[] {
  return controllers.flatMap((controller) => {
    const fields = controller.fields(resources);
    const hierarchy = fields.length === 0 ? undefined : hierarchyOf(host, controller);
    if (hierarchy !== undefined)
      return controller.complaints(resources, { hierarchy, accountsSwap: host.accountsSwap, look });
    return fields.map((path) => missing(path, controller));
  });
}

/** What is to be known of the limits of a container without complaints. */
export function cgroupRemarks(
  host: HostCgroups,
  resources: CgroupResources,
  look: HostLook,
): readonly CgroupRemark[] {
  return remarksOf(placesOf(host, { parent: '/sc', id: 'none', resources }, look));
}

function remarksOf(places: readonly CgroupPlace[]): CgroupRemark[] {
  return places.flatMap(({ parts }) => parts.flatMap(({ remarks = [] }) => remarks));
}

/** A controller is in one tree only: the kernel takes it out of v2 when v1 mounts it. */
function hierarchyOf({ hierarchies }: HostCgroups, { names }: CgroupController): CgroupHierarchy | undefined {
  const named = hierarchies.find(({ version, controllers }) => controllers.includes(names[version] ?? ''));
  return named ?? (names[2] === undefined ? hierarchies.find(({ version }) => version === 2) : undefined);
}

function partOf(controller: CgroupController, resources: CgroupResources, tree: ControllerTree): GroupPart {
  const { version } = tree.hierarchy;
  const write = version === 1 ? controller.v1 : controller.v2;
  const part = write(resources, tree);
  const lifts = part.writes.map((written) => controller.lift(written, tree));
  return { controller: controller.names[version], ...part, lifts };
}

/** Whether this host can control devices by groups. */
export function controlsDevices(host: HostCgroups): boolean {
  return hierarchyOf(host, devices) !== undefined;
}

function missing(path: string, { names }: CgroupController): LimitComplaint {
  const remedy =
    names[2] === 'memory'
      ? 'a kernel that is started without cgroup_disable=memory'
      : `${names[2] === undefined ? '' : `the controller ${names[2]} of `}cgroup v2, or ${names[1]} of v1`;
  return { path, message: `this host has no control group for it`, expected: `${remedy}, or no such limit` };
}

function refusal({ path, message, expected, isUsage }: LimitComplaint): ScError {
  return new ScError(isUsage ? 'SC_USAGE' : 'SC_HOST_UNFIT', `${path}: ${message}`, {
    hint: `expected ${expected}`,
  });
}
