import { posix, resolve } from 'node:path';
import { parseSize } from '../document/units.ts';
import type { Mount } from '../schema/container-file.ts';
import type { MountSpec } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

/**
 * The mounts of a container, a mount above another first, so that neither hides the other. Relative
 * sources count from `directory`. Volumes are not among them: they are refused elsewhere.
 */
export function compileMounts(mounts: readonly Mount[], directory: string, fields: Fields): MountSpec[] {
  const specs = mounts.flatMap((mount, index) => {
    const spec = compileMount(mount, directory);
    return spec === undefined ? [] : [fields.take(`mounts[${index}]`, spec, spec)];
  });
  return specs.sort((left, right) => depth(left.target) - depth(right.target));
}

function compileMount(mount: Mount, directory: string): MountSpec | undefined {
  const target = posix.join('/', mount.target).replace(/(.)\/$/, '$1');
  const readOnly = mount.readOnly ?? false;
  if (mount.bind !== undefined) {
    return { type: 'bind', source: resolve(directory, mount.bind), target, readOnly };
  }
  if (mount.tmpfs === undefined) return undefined;
  return {
    type: 'tmpfs',
    target,
    size: parseSize(mount.size ?? '64Mi'),
    mode: Number.parseInt(mount.mode ?? '1777', 8),
    readOnly,
  };
}

function depth(target: string): number {
  return target.split('/').length;
}
