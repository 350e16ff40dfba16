import { documentOfValue } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { namesOf } from '../operations/container-network.ts';
import { type Preparation, prepare } from '../operations/launch.ts';
import { planOne } from '../operations/plan-run.ts';
import { requested } from '../operations/run-detached.ts';
import { volumeMounts } from '../operations/volume/users.ts';
import { openWorkplace } from '../operations/workplace.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import { newId, shortId } from '../state/id.ts';
import type { Rootfs } from '../storage/driver.ts';

/** What a document does not say of itself. */
export interface PrepareOptions {
  /** Directory of state, absolute: no other container that is known there has the same users. Nothing is made in it. */
  root: string;
  /** Where relative paths of the document begin, absolute. Default: `/`. */
  directory?: string;
  /**
   * What the container sees as its root filesystem. Default: the directory that `image` of the document names, which
   * the container then writes to itself.
   */
  rootfs?: Rootfs;
}

/**
 * What `launch` of the native backend takes, but for standard streams, of a document of the kind Job in the form of
 * `container-file.schema.json`: checked, every default filled in, and its users looked up in the root filesystem. Makes
 * nothing. Throws SC_BAD_FILE with all that is wrong with the document, SC_UNSUPPORTED with all that this host cannot
 * honour, and SC_NOT_FOUND for a user that is not in the root filesystem.
 */
export async function prepareContainer(
  document: object,
  { root, directory = '/', rootfs }: PrepareOptions,
): Promise<Preparation> {
  const id = newId();
  const source = documentOfValue({ metadata: { name: shortId(id) }, ...document }, requested);
  const place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
  const { steps } = await planOne(place, source, { id, source: 'file', directory, removeOnExit: false });
  const step = steps.find(({ kind }) => kind === 'create');
  if (step?.kind !== 'create') throw new Error('a plan of one container has no step that creates it');
  const { container } = step;
  if (container.network.container !== undefined || container.network.networks !== undefined)
    throw notAlone(container);
  if (volumeMounts(container.mounts).length > 0) throw withVolumes(container);
  return prepare(container, rootfs ?? directoryOf(container), await namesOf(place, container));
}

/** Who joins others keeps records of them. */
function notAlone({ name, network }: ContainerSpec): ScError {
  const other =
    network.container === undefined
      ? `network "${network.networks?.[0]?.name}"`
      : `the network of "${network.container}"`;
  return new ScError('SC_UNSUPPORTED', `prepare "${name}": it joins ${other}`, {
    hint: '`run` of standard-container joins it',
  });
}

/** Who removes volumes looks for the records of those that mount them. */
function withVolumes({ name }: ContainerSpec): ScError {
  return new ScError('SC_UNSUPPORTED', `prepare "${name}": it mounts volumes`, {
    hint: '`run` of standard-container mounts them',
  });
}

function directoryOf({ image, name }: ContainerSpec): Rootfs {
  if (image.kind === 'directory')
    return { mounts: [{ type: 'bind', target: '/', source: image.path, readOnly: false }] };
  throw new ScError(
    'SC_USAGE',
    `prepare "${name}": its image is no directory, and no root filesystem is given`,
    {
      hint: 'image: /DIRECTORY, or give `rootfs` what a storage driver has prepared',
    },
  );
}
