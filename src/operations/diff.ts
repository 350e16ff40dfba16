import { isUtf8 } from 'node:buffer';
import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import type { Compared, DiffRequest, DiffResult, FilesystemChange } from '../schema/operations/diff.ts';
import type { Change } from '../storage/driver.ts';
import { compareViews, withView } from '../storage/view.ts';
import { containerChanges, findContainer, lookAtContainer, type Seen } from './container-files.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * What a container has done to its root filesystem, or what is another in a container or image than in another. Throws
 * SC_NOT_FOUND, SC_AMBIGUOUS, SC_STATE_*, and SC_STORAGE_FAILED for what cannot be looked at.
 */
export async function diff({ before, after }: DiffRequest, settings: Settings): Promise<DiffResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  return before === undefined ? diffContainer(place, after) : diffTwo(place, before, after);
}

async function diffContainer(place: Workplace, reference: string): Promise<DiffResult> {
  const state = await place.store.find(reference);
  const changes = await during('SC_STORAGE_FAILED', `look at "${state.name}"`, async () => {
    return (await containerChanges(place, state)).list;
  });
  return { after: { kind: 'container', id: state.id, name: state.name }, changes: changes.map(describe) };
}

async function diffTwo(place: Workplace, before: string, after: string): Promise<DiffResult> {
  const was = await lookAt(place, before);
  const is = await lookAt(place, after);
  const compare = () =>
    withView(was.stacks, (old) =>
      withView(is.stacks, (now) => {
        const mounted = [
          ...(was.mountPoints ?? []).map((path) => old.resolve(path)),
          ...(is.mountPoints ?? []).map((path) => now.resolve(path)),
        ];
        const isOfContainer = was.mountPoints !== undefined || is.mountPoints !== undefined;
        return compareViews(old, now, isOfContainer ? mounted : undefined);
      }),
    );
  const changes = await during('SC_STORAGE_FAILED', `compare "${before}" with "${after}"`, compare);
  return { before: was.compared, after: is.compared, changes: changes.map(describe) };
}

type Looked = Seen & { compared: Compared };

async function lookAt(place: Workplace, reference: string): Promise<Looked> {
  const state = await findContainer(place, reference);
  if (state !== undefined) {
    const { id, name } = state;
    return { ...(await lookAtContainer(place, state)), compared: { kind: 'container', id, name } };
  }
  try {
    return await lookAtImage(place, reference);
  } catch (error) {
    if (!(error instanceof ScError) || error.code !== 'SC_NOT_FOUND') throw error;
    throw new ScError('SC_NOT_FOUND', `there is no container or image "${reference}"`, {
      hint: 'sc ps --all, sc image list',
    });
  }
}

async function lookAtImage(place: Workplace, reference: string): Promise<Looked> {
  const images = await place.images();
  const storage = await place.layered();
  const { image, name } = images.find(reference);
  const compared: Compared = { kind: 'image', id: image.id, ...(name !== undefined && { name }) };
  const { provideLayers } = await import('./image/provide-layers.ts');
  await images.hold(() => provideLayers(storage, image, images));
  const top = image.layers.at(-1)?.chainId.slice('sha256:'.length);
  if (top === undefined) throw new ScError('SC_BAD_IMAGE', `look at image "${reference}": it has no layers`);
  return { stacks: [{ target: '/', trees: storage.trees(top) }], compared };
}

const kinds = { added: 'A', modified: 'C', deleted: 'D' } as const;

function describe({ kind, path }: Change): FilesystemChange {
  return {
    kind: kinds[kind],
    ...(isUtf8(path) ? { path: path.toString() } : { pathBase64: path.toString('base64') }),
  };
}
