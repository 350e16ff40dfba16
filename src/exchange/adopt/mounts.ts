import { formatSize } from '../../document/units.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';

type MountSpec = ContainerSpec['mounts'][number];

/** The mounts of a container, but for the volumes that its image wants anyway. */
export function mountsOf({ mounts }: ContainerSpec, ofImage: readonly string[]): object[] {
  return mounts.filter((mount) => !isOfImage(mount, ofImage)).map(mountOf);
}

function isOfImage(mount: MountSpec, ofImage: readonly string[]): boolean {
  if (mount.type !== 'bind' || !mount.volume?.anonymous || !ofImage.includes(mount.target)) return false;
  return !mount.readOnly && mount.exec === undefined && mount.volume.copy;
}

function mountOf(mount: MountSpec): object {
  const { target, readOnly, exec, owner } = mount;
  const both = {
    target,
    ...(readOnly && { readOnly }),
    ...(exec !== undefined && { exec }),
    ...(owner !== undefined && { owner }),
  };
  if (mount.type === 'tmpfs') {
    const { size, inodes, mode } = mount;
    const fields = { size: formatSize(size), ...(inodes !== undefined && { inodes }) };
    return { tmpfs: true, ...both, ...fields, ...(mode !== 0o1777 && { mode: writableMode(mode) }) };
  }
  const { source, volume, subpath, idmap, ifMissing, propagation } = mount;
  const what = volume === undefined ? { bind: source } : { volume: volume.anonymous ? true : volume.name };
  return {
    ...what,
    ...both,
    ...(volume?.copy === false && { copy: false }),
    ...(subpath !== undefined && { subpath }),
    ...(idmap !== undefined && { idmap }),
    ...(ifMissing !== undefined && !volume?.anonymous && { ifMissing }),
    ...(propagation !== undefined && { propagation }),
  };
}

/** Permission bits as a file has them. */
export function writableMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
