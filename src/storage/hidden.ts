import type { Hidden } from './tree-changes.ts';

/** What every container is given, in place of what its root filesystem may have there. */
const given = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/** Of what is given or mounted there, and all that is below. */
export function hiddenBelow(mountPoints: readonly string[]): Hidden {
  // A walk that leaves a directory out never comes to what is in it.
  const paths = new Set([...given, ...mountPoints].map((path) => Buffer.from(path).toString('latin1')));
  return (path) => paths.has(path.toString('latin1'));
}
