import { posix, resolve } from 'node:path';
import { parseSize } from '../document/units.ts';
import type { Mount, Propagation, Rootfs } from '../schema/container-file.ts';
import type { ContainerSpec, MountSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';
import { normalTarget } from './image-volumes.ts';
import type { VolumeFacts } from './volumes.ts';

const DEFAULT_SIZE = '64Mi';
const DEFAULT_MODE = '1777';

/** What a document does not say of its mounts. */
export interface MountContext {
  /** Absolute; relative sources count from it. */
  directory: string;
  volumes: VolumeFacts;
  /** The name of the volume without a name of its own that stands at a target. */
  anonymousName: (target: string) => string;
  /** Where the image wants volumes. */
  ofImage: readonly string[];
  /** Targets of what is no mount of the list, and stands there in the place of a volume of the image. */
  taken: readonly string[];
}

/**
 * The mounts of a container, a mount above another first, so that neither hides the other. Paths that stay writable
 * below a read-only root are mounts too, and so is what the image wants to be a volume and nothing else is mounted on.
 */
export function compileMounts(
  mounts: readonly Mount[],
  writablePaths: readonly string[],
  context: MountContext,
  fields: Fields,
): MountSpec[] {
  const specs = mounts.map((mount, index) => {
    const spec = compileMount(mount, context);
    return fields.take(`mounts[${index}]`, spec, spec);
  });
  const writable = writablePaths.map((target) => compileTmpfs({ tmpfs: true, target }));
  const taken = new Set([...specs, ...writable].map(({ target }) => target).concat(context.taken));
  const ofImage = context.ofImage
    .filter((target) => !taken.has(target))
    .map((target, index) => {
      const spec = compileVolume({ volume: true, target }, context);
      const path = `mounts[${mounts.length + index}]`;
      return fields.join(path, spec, { byDocument: false, byImage: true });
    });
  return [...specs, ...writable, ...ofImage].sort((left, right) => depth(left.target) - depth(right.target));
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

function compileMount(mount: Mount, context: MountContext): MountSpec {
  if (mount.bind !== undefined) return compileBind(mount, resolve(context.directory, mount.bind));
  return mount.volume === undefined ? compileTmpfs(mount) : compileVolume(mount, context);
}

/** To a backend it is a directory of the host like any other. */
function compileVolume(mount: Mount, { volumes, anonymousName }: MountContext): MountSpec {
  const anonymous = typeof mount.volume !== 'string';
  const name = typeof mount.volume === 'string' ? mount.volume : anonymousName(normalTarget(mount.target));
  return {
    ...compileBind(mount, volumes.path(name)),
    ...(anonymous && { ifMissing: 'create' }),
    volume: { name, anonymous, copy: mount.copy ?? true },
  };
}

function compileBind(mount: Mount, source: string): MountSpec & { type: 'bind' } {
  const { readOnly = false, exec, subpath, ifMissing, propagation, owner, idmap } = mount;
  return {
    type: 'bind',
    source,
    target: normalTarget(mount.target),
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
    target: normalTarget(mount.target),
    size: parseSize(mount.size ?? DEFAULT_SIZE),
    ...(inodes !== undefined && { inodes }),
    mode: Number.parseInt(mount.mode ?? DEFAULT_MODE, 8),
    ...(owner !== undefined && { owner }),
    ...(exec !== undefined && { exec }),
    readOnly,
  };
}

function depth(target: string): number {
  return target.split('/').length;
}
