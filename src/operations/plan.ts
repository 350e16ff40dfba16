import type { LaunchRequest } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { NetworkSpec } from '../schema/network-spec.ts';
import type { Plan } from '../schema/plan.ts';
import { baseOf } from './base.ts';
import type { Caller } from './caller.ts';
import { namesOf } from './container-network.ts';
import { type FileRequest, readFileRequest, withReplicas } from './file-request.ts';
import { prepare } from './launch.ts';
import { fileChoices, findNamed, makePlan } from './make-plan.ts';
import { Ownership } from './ownership.ts';
import { inPassing } from './passing-directory.ts';
import { isAttended } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** What applying a file would do. Changes nothing. Throws SC_BAD_FILE, SC_UNSUPPORTED and SC_EXISTS. */
export async function plan(
  { prune = false, pruneVolumes = false, drift = false, ...request }: PlanRequest,
  settings: Settings,
  caller: Caller,
): Promise<Plan> {
  const read = await readFileRequest(request, caller);
  const documents = withReplicas(read.documents);
  const place = await openWorkplace(settings);
  const ownership = new Ownership(place, { ...read, documents }, caller);
  const observed = await observeNamed(place, documents);
  const owned = await ownership.owned(observed);
  const planned = await makePlan(place, documents, observed, {
    ...fileChoices,
    directory: read.directory,
    changesNothing: true,
    ...{ owned, prune, pruneVolumes, drift },
  });
  return { ...planned, file: read.name };
}

/** What is to be planned. */
export interface PlanRequest extends FileRequest {
  /** Whether what the files have made and do not name any more is removed. */
  prune?: boolean;
  /** Whether volumes are with that, and all that is in them. */
  pruneVolumes?: boolean;
  /** Whether to tell what somebody has changed since the files were applied. */
  drift?: boolean;
}

/** The containers of a plan with what the backend would do to start each, a line for each step. */
export async function explainSystemCalls(
  { steps }: Plan,
  settings: Settings,
): Promise<{ name: string; lines: string[] }[]> {
  const planned = steps.flatMap((step) => (step.kind === 'createNetwork' ? [step.network] : []));
  const containers = steps.flatMap((step) => ('container' in step ? (step.container ?? []) : []));
  // What has to be there for a look at it is made elsewhere and taken away again.
  return inPassing(async (root) => {
    const place = await openWorkplace({ ...settings, root });
    const explained = [];
    for (const container of containers) {
      await lendLayers(await openWorkplace(settings), place, container);
      const lines = await explain(place, container, await interfacesOf(settings, container, planned));
      const named = lines.map((line) => line.replaceAll(root, settings.root));
      explained.push({ name: container.name, lines: named });
    }
    return explained;
  });
}

/** Unpacks the image of a container, if it has one, for a look at it: who its users are stands in its files. */
async function lendLayers(from: Workplace, to: Workplace, { image }: ContainerSpec): Promise<void> {
  if (image.kind !== 'image') return;
  const { provideLayers } = await import('./image/provide-layers.ts');
  const images = await from.images();
  const storage = await to.layered();
  await images.hold(() => {
    if (images.entries().some((entry) => images.idsOf(entry).includes(image.id)))
      return provideLayers(storage, images.find(image.id).image, images);
    throw new ScError(
      'SC_UNSUPPORTED',
      `say how a container of "${image.name}" would start: it is not loaded`,
      {
        hint: 'sc image load takes it into the store, and image: NAME names it there',
      },
    );
  });
}

async function explain(
  place: Workplace,
  container: ContainerSpec,
  interfaces: Pick<LaunchRequest, 'interfaces'>,
): Promise<string[]> {
  const { settings } = place;
  const backend = ableTo('plan --syscalls', await place.backend(), settings.backend);
  const storage = await place.storage();
  try {
    const rootfs = await storage.prepare(container.id, baseOf(container.image));
    // Another container that it joins may be one of the same plan.
    const { mode, dns } = container.network;
    const names = mode === 'container' ? dns : await namesOf(place, container);
    return backend.explain({
      ...prepare(withVolumes(container), rootfs, names),
      ...interfaces,
    });
  } finally {
    await storage.remove(container.id);
  }
}

/** Those that are not there yet are by the time that it starts. */
function withVolumes(container: ContainerSpec): ContainerSpec {
  const mounts = container.mounts.map((mount) =>
    mount.type === 'bind' && mount.volume && mount.ifMissing === undefined
      ? { ...mount, ifMissing: 'create' as const }
      : mount,
  );
  return { ...container, mounts };
}

/** Which addresses it would have now: it is given them when it is made. */
async function interfacesOf(
  settings: Settings,
  container: ContainerSpec,
  planned: readonly NetworkSpec[],
): Promise<Pick<LaunchRequest, 'interfaces'>> {
  if (container.network.mode !== 'network') return {};
  const { plannedEndpoints } = await import('./endpoints.ts');
  return { interfaces: plannedEndpoints(await openWorkplace(settings), container, planned) };
}

/** Those of the documents' names that there will be when what dead runners have left undone is finished. */
async function observeNamed(
  place: Workplace,
  documents: readonly SourceDocument[],
): Promise<ContainerState[]> {
  const staying = (await findNamed(place, documents)).filter(
    (state) => isAttended(state) || (state.status !== 'creating' && !state.spec.removeOnExit),
  );
  return Promise.all(staying.map((state) => place.observe(state)));
}
