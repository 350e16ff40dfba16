import { ScError } from '../errors/error.ts';
import { isRunnable } from '../plan/runnable.ts';
import { partsOf } from '../plan/steps.ts';
import type { DeleteRequest, DeleteResult } from '../schema/operations/delete.ts';
import { type Caller, say } from './caller.ts';
import { deleteContainers } from './delete.ts';
import { type FileRequest, readFileRequest, withReplicas } from './file-request.ts';
import { tryEach } from './many.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** Container files, and how what they name is deleted: with `volumes` what is in their volumes too. */
type DeleteFileRequest = FileRequest & Pick<DeleteRequest, 'force' | 'volumes'>;

/**
 * Deletes the containers and Jobs that container files name, as far as they are there, and then the networks, as far as
 * nobody else is attached to them. What stays for another is told. Throws SC_BAD_FILE.
 */
export async function deleteFile(
  { force = false, volumes = false, ...request }: DeleteFileRequest,
  settings: Settings,
  caller: Caller,
): Promise<DeleteResult> {
  const documents = withReplicas((await readFileRequest(request, caller)).documents);
  const containers = partsOf(documents).flatMap(({ value }) =>
    isRunnable(value) ? [value.metadata.name] : [],
  );
  const how = { ignoreMissing: true, force, volumes };
  const deleted =
    containers.length === 0
      ? { containers: [], failures: [] }
      : await deleteContainers({ containers, ...how }, settings);
  const place = await openWorkplace(settings);
  const kinds = [removeNetwork, ...(volumes ? [removeVolume] : [])];
  const [networks, named] = await Promise.all(
    kinds.map((remove) => {
      const meant = documents.filter(({ value }) => value.kind === remove.kind);
      return removeEach(
        meant.map(({ value }) => value.metadata.name),
        (name) => remove.one(place, name),
        caller,
      );
    }),
  );
  return {
    containers: deleted.containers,
    networks: networks?.removed ?? [],
    ...(named && { volumes: named.removed }),
    failures: [...deleted.failures, ...(networks?.failures ?? []), ...(named?.failures ?? [])],
  };
}

/** What is removed of a kind of documents. */
interface Removal {
  kind: 'Network' | 'Volume';
  one: (place: Workplace, name: string) => Promise<void>;
}

const removeNetwork: Removal = {
  kind: 'Network',
  one: async (place, name) => (await import('./network/remove-unused.ts')).removeUnused(place, name),
};

const removeVolume: Removal = {
  kind: 'Volume',
  one: async (place, name) => (await import('./volume/remove-unused.ts')).removeUnused(place, name),
};

/** Each of these, as far as it is there and nobody needs it. */
async function removeEach(
  names: readonly string[],
  remove: (name: string) => Promise<void>,
  caller: Caller,
): Promise<{ removed: string[]; failures: DeleteResult['failures'] }> {
  const { containers: tried, failures } = await tryEach(names, async (name) => {
    try {
      await remove(name);
      return name;
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      if (error.code === 'SC_WRONG_STATE') say(caller, `${error.message}: it stays`);
      else if (error.code !== 'SC_NOT_FOUND') throw error;
      return undefined;
    }
  });
  return { removed: tried.filter((name) => name !== undefined), failures };
}
