import { posix, resolve } from 'node:path';
import { parseSize } from '../document/units.ts';
import type { Mount, Propagation, Rootfs } from '../schema/container-file.ts';
import type { ContainerSpec, MountSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

const DEFAULT_SIZE = '64Mi';
const DEFAULT_MODE = '1777';

/**
 * The mounts of a container, a mount above another first, so that neither hides the other. Relative
 * sources count from `directory`. Volumes are not among them: they are refused elsewhere. Paths that stay
 * writable below a read-only root are mounts too.
 */
export function compileMounts(
  mounts: readonly Mount[],
  writablePaths: readonly string[],
  directory: string,
  fields: Fields,
): MountSpec[] {
  const specs = mounts.flatMap((mount, index) => {
    const spec = compileMount(mount, directory);
    return spec === undefined ? [] : [fields.take(`mounts[${index}]`, spec, spec)];
  });
  const writable = writablePaths.map((target) => compileTmpfs({ tmpfs: true, target }));
  return [...specs, ...writable].sort((left, right) => depth(left.target) - depth(right.target));
}

/** A private root is what there is anyway, and one that only receives has nobody to receive from. */
export function compileRootfs(rootfs: Rootfs, fields: Fields): ContainerSpec['rootfs'] {
  const readOnly = fields.take('rootfs.readOnly', rootfs.readOnly, false);
  fields.take('rootfs.writablePaths', rootfs.writablePaths, []);
  const propagation = fields.take('rootfs.propagation', rootfs.propagation, 'rprivate');
  return { readOnly, ...(isOfRoot(propagation) && { propagation }) };
}

type RootPropagation = NonNullable<ContainerSpec['rootfs']['propagation']>;

function isOfRoot(propagation: Propagation): propagation is RootPropagation {
  return !['private', 'rprivate', 'slave', 'rslave'].includes(propagation);
}

function compileMount(mount: Mount, directory: string): MountSpec | undefined {
  if (mount.bind !== undefined) return compileBind(mount, resolve(directory, mount.bind));
  return mount.tmpfs === undefined ? undefined : compileTmpfs(mount);
}

function compileBind(mount: Mount, source: string): MountSpec {
  const { readOnly = false, exec, subpath, ifMissing, propagation, owner, idmap } = mount;
  return {
    type: 'bind',
    source,
    target: normal(mount.target),
    readOnly,
    ...(exec !== undefined && { exec }),
    ...(subpath !== undefined && { subpath: posix.normalize(subpath).replace(/\/$/, '') }),
    ...(owner !== undefined && { owner }),
    ...(idmap !== undefined && { idmap }),
    ...(ifMissing !== undefined && ifMissing !== 'fail' && { ifMissing }),
    ...(propagation !== undefined && propagation !== 'rprivate' && { propagation }),
  };
}

function compileTmpfs(mount: Mount): MountSpec {
  const { readOnly = false, exec, inodes, owner } = mount;
  return {
    type: 'tmpfs',
    target: normal(mount.target),
    size: parseSize(mount.size ?? DEFAULT_SIZE),
    ...(inodes !== undefined && { inodes }),
    mode: Number.parseInt(mount.mode ?? DEFAULT_MODE, 8),
    ...(owner !== undefined && { owner }),
    ...(exec !== undefined && { exec }),
    readOnly,
  };
}

function normal(target: string): string {
  return posix.join('/', target).replace(/(.)\/$/, '$1');
}

function depth(target: string): number {
  return target.split('/').length;
}
