import type { HostCgroups } from '../../linux/cgroup/cgroup.ts';
import { controlsDevices } from '../../linux/cgroup/plan.ts';
import { type DeviceRule, deviceAt, deviceRules } from '../../linux/devices.ts';
import type { SecuritySpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';
import type { DeviceNode } from './render/devices.ts';

/** The nodes of a container's own devices, as this host has them now. Throws SC_START_FAILED. */
export function deviceNodes({ devices }: SecuritySpec): DeviceNode[] {
  return devices.map(({ path, source, mode }) => ({
    ...deviceAt(source),
    name: path.replace('/dev/', ''),
    mode,
  }));
}

/**
 * All that a container may do with devices. Undefined where the host controls none and it does not matter:
 * without the capability nobody inside can make a node, and no mount but /dev opens one.
 */
export function deviceControl(
  { capabilities, devices }: SecuritySpec,
  nodes: readonly DeviceNode[],
  host: HostCgroups,
): readonly DeviceRule[] | undefined {
  const mayMakeNodes = capabilities.includes('CAP_MKNOD');
  if (!mayMakeNodes && devices.length === 0 && !controlsDevices(host)) return undefined;
  const rules = nodes.map(({ type, major, minor }, index): DeviceRule => {
    // Init itself makes the node, when it is in the group already.
    const access = [...new Set(`${devices[index]?.access ?? ''}m`)].join('');
    return { type, major, minor, access };
  });
  return deviceRules(rules, mayMakeNodes);
}

/** As far as they are a matter of devices. */
export interface DeviceRights extends Pick<SecuritySpec, 'capabilities'> {
  devices: readonly Pick<SecuritySpec['devices'][number], 'path'>[];
}

/** What cannot be allowed, since nothing else could be denied. */
export function uncontrolledDevices(
  { capabilities, devices }: DeviceRights,
  host: HostCgroups,
): Unsupported[] {
  if (controlsDevices(host)) return [];
  const paths = [
    ...(capabilities.includes('CAP_MKNOD') ? ['security.capabilities.add'] : []),
    ...(devices.length > 0 ? ['security.devices'] : []),
  ];
  return paths.map((path) => ({
    path,
    reason: 'this host has no control groups for devices, so that every device could be used',
    expected: 'cgroup v2, or the controller devices of v1',
  }));
}
