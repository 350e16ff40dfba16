import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { declare } from '../libc.ts';
import type { Delegation, HostCgroups } from './cgroup.ts';

/** As systemd names the group of a unit's own processes (systemd.resource-control(5), DelegateSubgroup=). */
const LEAF = 'supervisor';

/** Files of a tree of v2 that tell who may make groups where. */
interface DelegationProbe {
  /** Whether systemd marked the group as one whose inside is not its own business (Delegate=yes). */
  isMarked(path: string): boolean;
  /** Whether the group is the root of the whole tree, which alone may have processes and hand controllers down. */
  isRoot(path: string): boolean;
}

/**
 * The part of a tree of v2 that was handed to this process, where there is one: the group that it is in, or
 * the one above, if systemd marked it, or what is mounted, if that is only a part of the tree, as in a
 * container. No group further above counts: the marks of a user's own manager are not for a root who only
 * was started from that user's terminal. `own` is the text of /proc/self/cgroup.
 */
export function findDelegation(
  { path, root }: { path: string; root: string },
  own: string,
  probe: DelegationProbe,
): Delegation | undefined {
  const group = /^0::(.*)$/m.exec(own)?.[1];
  const start = root === '/' ? '' : root;
  if (group === undefined || !`${group}/`.startsWith(`${start}/`)) return undefined;
  const here = `${path}${group.slice(start.length)}`.replace(/\/$/, '');
  if (here === path) return probe.isRoot(path) ? undefined : { path, isOwn: true };
  if (probe.isMarked(here)) return { path: here, isOwn: true };
  const above = dirname(here);
  return above !== path && probe.isMarked(above) ? { path: above, isOwn: false } : undefined;
}

let getxattr: ((path: string, name: string, value: null, size: number) => number) | undefined;

export const thisProbe: DelegationProbe = {
  isMarked: (path) => ['user.delegate', 'trusted.delegate'].some((name) => hasAttribute(path, name)),
  isRoot: (path) => !existsSync(`${path}/cgroup.type`),
};

function hasAttribute(path: string, name: string): boolean {
  getxattr ??= declare('long getxattr(const char *path, const char *name, void *value, size_t size)');
  try {
    return getxattr(path, name, null, 0) > 0;
  } catch {
    return false;
  }
}

/**
 * Moves this process out of the group that was handed to it, into one below, so that it can hand
 * controllers down ("no internal processes", cgroups(7)). To be called before there are children, which
 * would stay. Throws SC_HOST_UNFIT where somebody else is in the group.
 */
export function leaveDelegated({ hierarchies }: HostCgroups): void {
  for (const { delegated, controllers } of hierarchies) {
    if (delegated === undefined || !delegated.isOwn || controllers.length === 0) continue;
    const leaf = `${delegated.path}/${LEAF}`;
    enter(leaf);
    const others = readFileSync(`${delegated.path}/cgroup.procs`, 'utf8').trim().split('\n').filter(Boolean);
    if (others.length > 0) throw crowded(delegated.path, leaf, others);
  }
}

function enter(leaf: string): void {
  try {
    mkdirSync(leaf, { recursive: true });
    writeFileSync(`${leaf}/cgroup.procs`, '0');
  } catch (cause) {
    const { message, errno } = failure('SC_HOST_UNFIT', `enter control group "${leaf}"`, cause);
    throw new ScError('SC_HOST_UNFIT', message, {
      cause,
      ...(errno !== undefined && { errno }),
      hint: 'run sc where control groups can be written, not inside of this container',
    });
  }
}

function crowded(path: string, leaf: string, others: readonly string[]): ScError {
  const pids = others.slice(0, 10).join(' ');
  return new ScError(
    'SC_HOST_UNFIT',
    `make control groups below "${path}": processes are in it, which the kernel does not allow (${pids})`,
    {
      errno: 'EBUSY',
      hint: `for pid in $(cat ${path}/cgroup.procs); do echo $pid >${leaf}/cgroup.procs; done`,
    },
  );
}
