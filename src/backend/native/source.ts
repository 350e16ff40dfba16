import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { isConnected, statSource } from '../../linux/mount-source.ts';
import type { ContainerSpec, SecretSpec } from '../../schema/container-spec.ts';
import { largestSecret, secretObstacle } from '../secret-source.ts';
import { checkText } from './program/builder.ts';
import { type BindSpec, type SourceKind, wordsOfBind } from './render/bind.ts';

/**
 * What the source of a bind mount is. Throws SC_START_FAILED where it is not there, unless it will be made,
 * and where its propagation could not take effect.
 */
export function sourceKind(mount: BindSpec): SourceKind {
  checkText(mount.source);
  try {
    const isDirectory = statSource(mount).isDirectory();
    refuseUnconnected(mount);
    return isDirectory ? 'directory' : 'file';
  } catch (cause) {
    const errno = errnoOf(cause);
    if (errno === undefined) throw cause;
    if (errno === 'ENOENT' && mount.ifMissing === 'create') return 'directory';
    const isLink = errno === 'ELOOP' && mount.subpath !== undefined;
    throw new ScError('SC_START_FAILED', `${wordsOfBind(mount)}: ${errno}`, {
      cause,
      errno,
      hint: isLink
        ? 'choose a subpath without a symbolic link on the way to it'
        : 'make the source of the mount on this host, or correct its path',
    });
  }
}

function refuseUnconnected(mount: BindSpec): void {
  const { propagation = 'rprivate' } = mount;
  if (isConnected(mount, propagation)) return;
  throw new ScError(
    'SC_START_FAILED',
    `${wordsOfBind(mount)} with propagation "${propagation}": nothing travels to or from the mount that it lies on`,
    {
      hint: 'mount --make-shared on the mount point of the source, or leave propagation out; a container in the background takes \
mounts of the host (rslave), and gives it none',
    },
  );
}

/** A container without the mounts that are left out because their source is not there. */
export function withoutSkipped(container: ContainerSpec): ContainerSpec {
  if (!container.mounts.some(isSkipped)) return container;
  return { ...container, mounts: container.mounts.filter((mount) => !isSkipped(mount)) };
}

function isSkipped(mount: ContainerSpec['mounts'][number]): boolean {
  if (mount.type !== 'bind' || mount.ifMissing !== 'skip') return false;
  try {
    statSource(mount);
    return false;
  } catch (error) {
    return isErrno(error, 'ENOENT');
  }
}

/** Before anything is made for the container; what changes until it is read fails the start too. */
export function checkSecret({ name, source }: SecretSpec): void {
  const obstacle = secretObstacle(source);
  if (obstacle === undefined) return;
  throw new ScError('SC_START_FAILED', `read secret "${name}" from "${source}": ${obstacle}`, {
    hint: `give a regular file of at most ${largestSecret} bytes`,
  });
}
