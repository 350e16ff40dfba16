import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';

/** Words before a program that choose the control groups which it finds. */
export type ControlGroupHost = readonly [name: string, argv: readonly string[]];

/** Takes away all trees of v2 in a mount namespace of its own: what there is of v1 serves alone. */
const withoutV2 =
  'for tree in $(awk \'/ - cgroup2 /{ print $5 }\' /proc/self/mountinfo | sort -r); do umount "$tree"; done; exec "$@"';

const { mode } = readHostCgroups();

/** This host as one of v1, which it can be where it has trees of v1. */
export const v1Hosts: readonly ControlGroupHost[] =
  mode === 'v2' ? [] : [['with v1 alone', ['unshare', '--mount', 'sh', '-c', withoutV2, 'sh']]];

/** This host as it is, and the others that it can be. */
export const controlGroupHosts: readonly ControlGroupHost[] = [['as it is', ['env']], ...v1Hosts];
