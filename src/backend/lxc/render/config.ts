import { ScError } from '../../../errors/error.ts';
import type { CgroupPlan } from '../../../linux/cgroup/cgroup.ts';
import type { DeviceRule } from '../../../linux/devices.ts';
import type { ContainerSpec, IdMaps } from '../../../schema/container-spec.ts';
import { monitorGroup, pivotGroup } from '../layout.ts';
import { HOOK_COMMAND, INIT_COMMAND, NETWORK } from '../protocol.ts';

/** What the configuration depends on beside the container. */
export interface ConfigView {
  cgroups: Pick<CgroupPlan, 'groups'>;
  /** The control group above those of the containers, such as `/sc`. */
  cgroupParent: string;
  /** All that the container may do with devices, where a tree of v2 controls them. */
  devices: readonly DeviceRule[] | undefined;
}

/**
 * The configuration that lxc-start makes a container by (lxc.container.conf(5)): its namespaces, network and control
 * groups with all limits. It has no root filesystem for lxc: what stands in the container, and who its program is, is
 * in the list that lxc.init.cmd walks, which lxc does otherwise or not at all.
 */
export function renderConfig(
  {
    id,
    network,
    security,
  }: Pick<ContainerSpec, 'id' | 'network'> & {
    security: Pick<ContainerSpec['security'], 'userNamespace'>;
  },
  view: ConfigView,
): string {
  const group = (name: string) => `${view.cgroupParent.slice(1)}/${name}`;
  const lines: (readonly [key: string, value: string])[] = [
    ['uts.name', network.hostname],
    ...namespaces(network, security.userNamespace),
    ...idMaps(security.userNamespace),
    ['init.cmd', INIT_COMMAND],
    ['monitor.signal.pdeath', 'SIGKILL'],
    ['hook.version', '1'],
    ['hook.stop', HOOK_COMMAND],
    // All of that is in the list of init.
    ['apparmor.profile', 'unconfined'],
    ['autodev', '0'],
    ['console.path', 'none'],
    ['tty.max', '0'],
    ['pty.max', '0'],
    ['keyring.session', '0'],
    ['cgroup.relative', '0'],
    ['cgroup.dir.container', group(id)],
    ['cgroup.dir.monitor', group(monitorGroup(id))],
    ['cgroup.dir.monitor.pivot', group(pivotGroup(id))],
    ...limits(view),
  ];
  return lines.map(([key, value]) => `lxc.${key} = ${checkLine(value)}\n`).join('');
}

/** Of a network that it is handed lxc-start makes nothing. */
function namespaces(
  { mode }: ContainerSpec['network'],
  maps: IdMaps | undefined,
): (readonly [string, string])[] {
  const own = `${maps ? 'user ' : ''}mnt uts ipc pid cgroup`;
  if (mode === 'container' || mode === 'host')
    return [
      ['namespace.clone', own],
      ['namespace.share.net', NETWORK],
    ];
  return [
    ['net.0.type', 'empty'],
    ['namespace.clone', `${own} net`],
  ];
}

function idMaps(maps: IdMaps | undefined): (readonly [string, string])[] {
  if (maps === undefined) return [];
  const of = (kind: 'u' | 'g', ranges: IdMaps['uids']) =>
    ranges.map(({ inside, host, size }) => ['idmap', `${kind} ${inside} ${host} ${size}`] as const);
  return [...of('u', maps.uids), ...of('g', maps.gids)];
}

function limits({ cgroups, devices = [] }: ConfigView): (readonly [string, string])[] {
  return cgroups.groups.flatMap(({ kill, writes, deviceProgram }) => {
    const isV2 = kill !== undefined;
    const prefix = isV2 ? 'cgroup2' : 'cgroup';
    const rules = deviceProgram === undefined ? [] : ['a', ...devices.map(inWords)];
    return [
      ...writes.map(({ file, value }) => [`${prefix}.${file}`, value] as const),
      ...rules.map((rule) => [`${prefix}.devices.${rule === 'a' ? 'deny' : 'allow'}`, rule] as const),
    ];
  });
}

/** `c 1:3 rwm`, with `*` for every number. */
function inWords({ type, major, minor, access }: DeviceRule): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}

/** What begins another line would be another setting. */
function checkLine(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  if (!/[\x00-\x1f\x7f]/.test(value)) return value;
  throw new ScError(
    'SC_USAGE',
    `write ${JSON.stringify(value)} into the configuration of lxc: it is no line`,
    {
      hint: 'leave control characters out',
    },
  );
}
