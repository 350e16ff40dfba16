import { join } from 'node:path';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Rootfs } from '../../src/storage/driver.ts';
import { overlayDriver } from '../../src/storage/overlay/driver.ts';

/** The root filesystem of a container of an image, as its driver mounts it, without what sc mounts in it. */
export function rootfsOf(root: string, { id, spec: { image } }: ContainerState): Rootfs {
  if (image.kind !== 'image') throw new Error(`"${id}" is not of an image`);
  return overlayDriver(join(root, 'storage', 'overlay')).look(id, { kind: 'layers', key: image.layers });
}

/** A script of the host that tells all of the directory in which it runs, but for what every container is given. */
export const tellAll = `
  export LC_ALL=C
  own() { grep -avE '^(\\./)?(proc|sys|dev|etc/(hosts|hostname|resolv.conf))( |$)'; }
  find . -mindepth 1 \\( -type d -printf '%P %y %m %U:%G\\n' -o -type f -printf '%P %y %m %U:%G %s %T@ %n\\n' \\
    -o -printf '%P %y %m %U:%G %l\\n' \\) | sort | own
  find . -type f ! -path ./etc/hosts ! -path ./etc/hostname ! -path ./etc/resolv.conf -print0 | sort -z | xargs -0 sha256sum
  find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex
`;
