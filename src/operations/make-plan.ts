import { featuresOf, featuresOfOthers } from '../backend/registry.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import type { Problem } from '../errors/problem.ts';
import { capabilityNames } from '../linux/capabilities.ts';
import { effectiveCapabilities } from '../linux/kernel.ts';
import { thermalThrottlePaths } from '../linux/masks.ts';
import { asideName } from '../plan/aside.ts';
import { type CompileOptions, compile } from '../plan/compile.ts';
import { refusedFields } from '../plan/honoured.ts';
import { type Declared, problemsOf } from '../plan/refusals.ts';
import { isRunnable } from '../plan/runnable.ts';
import { isOfSteps, partsOf } from '../plan/steps.ts';
import { UnsupportedError } from '../plan/unsupported.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Features } from '../schema/features.ts';
import type { Plan } from '../schema/plan.ts';
import { newId, shortId } from '../state/id.ts';
import type { Store } from '../state/store.ts';
import { type Caller, say } from './caller.ts';
import { checkHostPaths } from './host-paths.ts';
import type { Progress } from './image/progress.ts';
import { imagesOf } from './image-facts.ts';
import { remarksOnSources } from './mount-sources.ts';
import { namedNetworks, networkFacts } from './network/facts.ts';
import { PORTS, plannedPorts } from './planned-ports.ts';
import { readSeccompProfiles } from './seccomp-profiles.ts';
import { ownUserNamespaces } from './user-namespaces.ts';
import { volumeFacts } from './volume/facts.ts';
import type { Workplace } from './workplace.ts';

export type Choices = Pick<CompileOptions, 'source' | 'directory' | 'removeOnExit' | 'replace'> &
  Partial<Pick<CompileOptions, 'newId' | 'owned' | 'prune' | 'pruneVolumes' | 'drift'>> & {
    /** Whether to look for what would make a step fail: paths that are not there, names of broken records. */
    isForExecution?: boolean;
    /** Whether nothing of what is looked at may be kept. */
    changesNothing?: boolean;
    /** Who is told of images that are taken in. */
    progress?: Progress | undefined;
  };

/** Compiles documents for this host and the backend that was chosen; `observed` are the containers of their names.
 * Errors are those of `compile`,
 * `readSeccompProfiles` and `lookAtProgram`, and for execution MissingPathsError, and SC_EXISTS for the name of a record that cannot be read. */
export async function makePlan(
  place: Workplace,
  documents: readonly SourceDocument[],
  observed: readonly ContainerState[],
  choices: Choices,
): Promise<Plan> {
  const taken: string[] = [];
  try {
    return await planOf(place, documents, observed, choices, taken);
  } catch (error) {
    // Nothing is done of a file that is refused.
    if (taken.length > 0) {
      const { takeBack } = await import('./image-documents.ts');
      await takeBack(place, taken);
    }
    throw error;
  }
}

/** `taken` gets the digests of images of documents that come into the store by it. */
async function planOf(
  place: Workplace,
  documents: readonly SourceDocument[],
  observed: readonly ContainerState[],
  { isForExecution = false, changesNothing = false, progress, ...choices }: Choices,
  taken: string[],
): Promise<Plan> {
  const backend = await place.backend();
  const parts = partsOf(documents);
  if (parts.some(({ value }) => isRunnable(value))) await backend.lookAtProgram?.();
  const made = await imagesOfSteps(place, documents);
  const seccompProfiles = await readSeccompProfiles(parts, choices.directory);
  const features = await featuresOf(backend.name);
  const volumes = await volumeFacts(place, parts);
  const networks = await networkFacts(place, parts);
  const others = await othersFor(documents, features);
  refuseImages(documents, made, { features, others, source: choices.source });
  const { remarksOnNetworks } = parts.some(isAttached)
    ? await import('./endpoints.ts')
    : { remarksOnNetworks: () => [] };
  const ports = await plannedPorts(place, parts, networks);
  const runnable = Map.groupBy(
    parts.filter(({ value }) => isRunnable(value)),
    ({ value }) => value.metadata.name,
  );
  const plan = compile(documents, observed, {
    features,
    others,
    unsupported: (container) => [...backend.unsupported(container), ...ports.unsupported(container)],
    updates: backend.update !== undefined,
    remarks: (container) => [
      ...backend.remarks(container),
      ...remarksOnNetworks(place, container),
      ...ports.remarks(container),
      ...(runnable.get(container.name) ?? []).flatMap((part) =>
        remarksOnSources(part, parts, choices.directory, volumes),
      ),
    ],
    newId,
    userNamespace: ownUserNamespaces(backend, await place.storage(), await place.store.takenRanges()),
    capabilities: capabilityNames(effectiveCapabilities()),
    maskedPaths: thermalThrottlePaths(),
    seccompProfiles,
    volumes,
    networks,
    publishAddress: place.settings.publishAddress,
    ...(await imagesOf(place, parts, {
      directory: choices.directory,
      keeps: !changesNothing,
      taken,
      progress,
    })),
    ...choices,
  });
  if (isForExecution) {
    checkHostPaths(parts, choices.directory, { volumes, networks, root: place.settings.root });
    const readable = new Set(observed.map(({ name }) => name));
    for (const { value } of parts)
      if (isRunnable(value) && !readable.has(value.metadata.name))
        await checkName(place.store, value.metadata.name);
  }
  return plan;
}

/** What is wrong with images that only Jobs will have made; throws InvalidFileError for what no step can make. */
async function imagesOfSteps(place: Workplace, documents: readonly SourceDocument[]): Promise<Problem[]> {
  if (!documents.some(({ value }) => isOfSteps(value))) return [];
  const { imagesMadeLater, refuseCommits } = await import('./step-commits.ts');
  refuseCommits(documents);
  return imagesMadeLater(place, documents);
}

/** What the other backends declare, where that is of interest: nothing of them is loaded for a file that is honoured. */
async function othersFor(
  documents: readonly SourceDocument[],
  features: Features,
): Promise<readonly Features[]> {
  const isHonoured = documents.every(({ value }) => refusedFields(value, features).length === 0);
  return isHonoured ? [] : featuresOfOthers(features.backend);
}

/**
 * An image of which nothing can be known, since it cannot come to be or a Job makes it, is refused before others are
 * read, with all that is known by then.
 */
function refuseImages(
  documents: readonly SourceDocument[],
  made: readonly Problem[],
  declared: Declared,
): void {
  const hasRefused = documents.some(
    (document) => document.value.kind === 'Image' && problemsOf(document, declared).length > 0,
  );
  if (!hasRefused && made.length === 0) return;
  const problems = [...documents.flatMap((document) => problemsOf(document, declared)), ...made];
  throw new UnsupportedError(documents[0]?.file ?? '', problems);
}

/** Whether it is a container that is to be attached to a network of the machine. */
function isAttached({ value }: SourceDocument): boolean {
  return isRunnable(value) && namedNetworks(value).length > 0;
}

/** The containers that have the names of documents, or had them before they were set aside, as far as their records can be read. */
export async function findNamed(
  { store }: Workplace,
  documents: readonly SourceDocument[],
): Promise<ContainerState[]> {
  const names = partsOf(documents).flatMap(({ value }) => (isRunnable(value) ? [value.metadata.name] : []));
  const found = await Promise.all(
    names.flatMap((name) => [name, asideName(name)]).map((name) => store.named(name)),
  );
  return found.filter((state) => state !== undefined);
}

/** A record that cannot be read is not among those observed, and still has its name. */
async function checkName(store: Store, name: string): Promise<void> {
  const id = store.holder(name);
  if (id === undefined) return;
  try {
    await store.find(id);
  } catch (error) {
    if (!(error instanceof ScError) || error.code === 'SC_NOT_FOUND') throw error;
    throw new ScError(
      'SC_EXISTS',
      `the name "${name}" is taken by container ${shortId(id)}: ${error.message}`,
      {
        cause: error,
        hint: `sc delete --force ${shortId(id)}, or choose another name`,
      },
    );
  }
}

/** Tells the caller what this host makes of the fields that somebody wrote; the plan has the others too. */
export function tellRemarks({ steps }: Plan, caller: Caller, nameOf = (path: string) => path): void {
  for (const step of steps) {
    const fields = 'fields' in step ? (step.fields ?? []) : [];
    for (const { path, source, remark } of fields)
      if (remark !== undefined && source !== 'default' && path !== PORTS)
        say(caller, `"${step.name}": ${nameOf(path)}: ${remark}`);
  }
}

/** How a container file is compiled, by `plan` and `apply` alike. */
export const fileChoices = {
  source: 'file',
  removeOnExit: false,
  replace: true,
  isForExecution: true,
} as const;
