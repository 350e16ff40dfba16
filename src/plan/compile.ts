import { basename, join } from 'node:path';
import { dependenciesOf } from '../document/checks/names.ts';
import { problemAt, type SourceDocument } from '../document/source-document.ts';
import type { Problem } from '../errors/problem.ts';
import type { ContainerFile, StepJob } from '../schema/container-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Features } from '../schema/features.ts';
import type { NetworkSpec } from '../schema/network-spec.ts';
import type { Plan, PlanField, PlanStep } from '../schema/plan.ts';
import type { VolumeSpec } from '../schema/volume-spec.ts';
import { type CompiledRun, stepsOfJob } from './compile-steps.ts';
import { compileContainer } from './container.ts';
import { expectationsOf } from './expectations.ts';
import { Fields } from './fields.ts';
import { type DocumentImage, type ImageFacts, imageFields } from './image-facts.ts';
import { compileNetworkDocument, type NetworkFacts, stepsOfNetwork } from './networks.ts';
import { inOrder, type UnorderedDocument } from './order.ts';
import { driftOf, type Owned, orphansOf } from './owned.ts';
import { orphanThings } from './owned-things.ts';
import { earlierOf, makeRoom, stepsOfContainer, withRestarts } from './reconcile.ts';
import { problemsOf, refusalsOfImage } from './refusals.ts';
import { isRunnable, type Runnable } from './runnable.ts';
import { isOfSteps, runJob, runPart } from './steps.ts';
import { UnsupportedError } from './unsupported.ts';
import type { MappedContainer, OwnUserNamespace } from './user-namespace.ts';
import { compileVolume, stepsOfVolume, type VolumeFacts } from './volumes.ts';

export interface CompileOptions {
  /** What the backend declares that the plan is for. */
  features: Features;
  /** The same of the other backends, of which those are told that support what this one does not. */
  others: readonly Features[];
  /** What that backend cannot honour on this host, each with its reason. */
  unsupported: (container: ContainerSpec) => readonly { path: string; reason: string; expected?: string }[];
  /** What is to be known of the fields of a container on this host. */
  remarks: (container: ContainerSpec) => readonly { path: string; message: string; value?: unknown }[];
  /** Makes 64 hex digits, other ones each time. */
  newId: () => string;
  source: PlanField['source'];
  /** Absolute; relative paths of the documents count from it. */
  directory: string;
  removeOnExit: boolean;
  /** Whether another container of its name is changed, or makes room for a new one. */
  replace: boolean;
  /** Which containers are of files; without it nothing is known of that, and none is. */
  owned?: Owned;
  /** Whether what the files do not name any more is removed. */
  prune?: boolean;
  /** The same of volumes, where the others go. */
  pruneVolumes?: boolean;
  /** Whether to tell what somebody has changed since they were applied. */
  drift?: boolean;
  /** Whether the backend changes limits of what runs. */
  updates: boolean;
  /** Whether and how a container can have a user namespace of its own on this host. */
  userNamespace: (container: MappedContainer) => OwnUserNamespace;
  /** What the capability ALL stands for on this host. */
  capabilities: readonly string[];
  /** Hidden beside the usual on this host. */
  maskedPaths: readonly string[];
  /** What is known of the images of the store that the documents name, by the references as they stand there. */
  images: ReadonlyMap<string, ImageFacts>;
  /** What comes of the Image documents, by their names. */
  imageDocuments: ReadonlyMap<string, DocumentImage>;
  /** Texts of the seccomp profiles that the documents name, by their absolute paths. */
  seccompProfiles: ReadonlyMap<string, string>;
  volumes: VolumeFacts;
  networks: NetworkFacts;
  /** Where ports are published that name no address; without it at all addresses. */
  publishAddress?: string | undefined;
}

/**
 * What has to be done so that there is what the documents say, where `observed` is what there is now.
 * Pure. Throws UnsupportedError with all that cannot be honoured in all documents, and SC_EXISTS for a
 * name that is taken.
 */
export function compile(
  documents: readonly SourceDocument[],
  observed: readonly ContainerState[],
  options: CompileOptions,
): Plan {
  const compiled = documents.map((document) => compileDocument(document, observed, options));
  const file = documents[0]?.file ?? '';
  const unsupported = [
    ...compiled.flatMap(({ unsupported }) => unsupported),
    ...unchecked(documents, compiled),
  ];
  if (unsupported.length > 0) throw new UnsupportedError(file, once(unsupported));

  const { owned, prune = false, pruneVolumes = false, drift = false, images, imageDocuments } = options;
  const orphans = owned && orphansOf(documents, owned, prune);
  const inTheirOrder = withRestarts(
    inOrder(
      documents.map((document, index) => plannedDocument(document, compiled[index], observed, options)),
    ),
    observed,
  );
  const left = orphans?.left ?? [];
  const known = [...(orphans?.removed ?? []), ...inTheirOrder];
  const things = orphanThings(owned?.things ?? [], known, { prune, volumes: pruneVolumes, left });
  const ordered = [...known, ...things.removed];
  const unnamed = [...left, ...things.left];
  const steps = ordered.flatMap((one) => one.steps);
  const taken = new Set([...imageDocuments.values()].map(({ id }) => id));
  return {
    apiVersion: 'standard-container/v1',
    file,
    changes: steps.length > 0,
    documents: ordered.map(({ container: _, ...one }) => ({ ...one, steps: one.steps.length })),
    ...(unnamed.length > 0 && { orphans: unnamed }),
    ...(drift && owned !== undefined && { drift: driftOf(owned, images, taken) }),
    steps,
  };
}

/** What becomes of a document, and after which others. */
function plannedDocument(
  document: SourceDocument,
  compiled: Compiled | undefined,
  observed: readonly ContainerState[],
  options: CompileOptions,
): UnorderedDocument {
  const { value, replicaOf } = document;
  const { kind, metadata } = value;
  const file = join(options.directory, basename(document.file));
  const { container, volume, network, fields = [], steps: ofSteps } = compiled ?? {};
  const steps = (() => {
    if (network !== undefined) return stepsOfNetwork(network, fields, options.networks, file);
    if (volume !== undefined) return stepsOfVolume(volume, fields, options.volumes, file);
    if (container !== undefined)
      return stepsOfContainer(container, fields, {
        ...options,
        observed,
        backend: options.features.backend,
        comparesMaps: saysMaps(value),
        expectations: isRunnable(value) ? expectationsOf(document, value.expect) : [],
      });
    return ofSteps ?? imageSteps(options.imageDocuments.get(metadata.name), value, file);
  })();
  const image = options.imageDocuments.get(metadata.name);
  return {
    kind,
    name: metadata.name,
    replicaOf,
    value,
    steps,
    container,
    ...(kind === 'Image' && { image }),
  };
}

function imageSteps(image: DocumentImage | undefined, { kind }: ContainerFile, file: string): PlanStep[] {
  if (kind !== 'Image' || image === undefined || image.earlier?.digest === image.digest) return [];
  const { earlier, ...told } = image;
  const reason = earlier === undefined ? 'there is none' : 'its source holds another than the store has';
  return [
    { kind: 'image', ...told, ...(earlier?.id !== undefined && { replaces: earlier.id }), file, reason },
  ];
}

/** Where something waits for the health of what nobody checks, which an image may have said. */
function unchecked(documents: readonly SourceDocument[], compiled: readonly Compiled[]): Problem[] {
  const containers = new Map(
    compiled.flatMap(({ container }) => (container ? [[container.name, container]] : [])),
  );
  return documents.flatMap((document) =>
    dependenciesOf(document.value).flatMap(({ path, name, condition }) => {
      const container = containers.get(name);
      if (condition !== 'healthy' || container === undefined || container.monitor.health !== undefined)
        return [];
      return [problemAt(document, path, `"${name}" has no health check, neither its own nor of its image`)];
    }),
  );
}

interface Compiled {
  container?: ContainerSpec;
  volume?: VolumeSpec;
  network?: NetworkSpec;
  /** Of a Job of steps. */
  steps?: PlanStep[];
  fields: PlanField[];
  unsupported: Problem[];
}

function compileDocument(
  document: SourceDocument,
  observed: readonly ContainerState[],
  options: CompileOptions,
): Compiled {
  const { value } = document;
  if (isOfSteps(value)) return compileSteps(document, value, observed, options);
  if (isRunnable(value)) return compileRunnable(document, value, observed, options);
  const unsupported = problemsOf(document, options);
  const fields = new Fields(options.source);
  if (value.kind === 'Volume')
    return { volume: compileVolume(value, fields), fields: fields.list, unsupported };
  if (value.kind === 'Network')
    return { network: compileNetworkDocument(value, fields), fields: fields.list, unsupported };
  return { fields: [], unsupported };
}

function compileSteps(
  document: SourceDocument,
  job: StepJob,
  observed: readonly ContainerState[],
  options: CompileOptions,
): Compiled {
  const unsupported = problemsOf(document, options);
  const runs = new Map<number, CompiledRun>();
  for (const [index, { run }] of job.steps.entries()) {
    const part = runPart(document, job, index);
    if (run === undefined || part === undefined || part.isLate || unsupported.length > 0) continue;
    const choices = { ...options, removeOnExit: run.keep !== true };
    const { container, fields, ...more } = compileRunnable(part, runJob(run), observed, choices);
    unsupported.push(...more.unsupported);
    if (container !== undefined) runs.set(index, { container, fields });
  }
  if (unsupported.length > 0) return { fields: [], unsupported };
  const steps = stepsOfJob(document, job, runs, (name) => makeRoom(name, observed, options));
  return { steps, fields: [], unsupported };
}

function compileRunnable(
  document: SourceDocument,
  value: Runnable,
  observed: readonly ContainerState[],
  options: CompileOptions,
): Compiled {
  const unsupported = problemsOf(document, options);
  const image = options.images.get(value.image);
  const fields = new Fields(options.source, image && imageFields(image, value));
  const { kind, metadata } = value;
  // What was in the volumes of a Job goes with it.
  const isKept = kind === 'Container' && options.replace;
  const earlier = isKept ? earlierOf(metadata.name, observed)?.spec : undefined;
  const context = { ...options, image, earlier, id: options.newId() };
  const container = compileContainer(value, context, fields);
  for (const remark of options.remarks(container)) fields.remarkOn(remark);
  const ofImage = refusalsOfImage(fields.list, options.features).map(({ path, message }) =>
    problemAt(document, path, message),
  );
  // What a backend does not declare need not be refused once more.
  const isKnown = ({ path }: { path: string }) => unsupported.some((refused) => refused.path === path);
  const ofHost = [...options.unsupported(container), ...fields.refused].filter((one) => !isKnown(one));
  return {
    container,
    fields: fields.list,
    unsupported: [
      ...unsupported,
      ...ofImage,
      ...ofHost.map(({ path, reason, expected }) => ({
        ...problemAt(document, path, `backend "${options.features.backend}" cannot honour it: ${reason}`),
        ...(expected !== undefined && { expected }),
      })),
    ],
  };
}

function saysMaps(value: ContainerFile): boolean {
  return isRunnable(value) && typeof value.security?.userNamespace === 'object';
}

/** Replicas have the same problems at the same place. */
function once(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
