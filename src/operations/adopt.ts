import { parseDocuments } from '../document/load.ts';
import { ScError } from '../errors/error.ts';
import { documentOf, type ImageWords } from '../exchange/adopt/document.ts';
import { withoutVariables, writeDocuments } from '../exchange/write.ts';
import { defaultMaskedPaths, defaultReadOnlyPaths, thermalThrottlePaths } from '../linux/masks.ts';
import { type ImageFacts, imageEnvironment, imageFields } from '../plan/image-facts.ts';
import { volumesOfImage } from '../plan/image-volumes.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { AdoptRequest, AdoptResult } from '../schema/operations/adopt.ts';
import { fileChoices, makePlan } from './make-plan.ts';
import type { MonitorCaller } from './monitor.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * A container file that says what a container is. It is planned before it is answered, so that one that would change
 * something is none: then SC_UNSUPPORTED names what. Throws SC_NOT_FOUND, SC_AMBIGUOUS, and SC_UNSUPPORTED for a Job,
 * which runs each time that it is applied.
 */
export async function adopt(
  { container }: AdoptRequest,
  settings: Settings,
  caller?: MonitorCaller,
): Promise<AdoptResult> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  const state = await place.observe(await place.store.find(container));
  const { id, name, spec } = state;
  if (spec.kind === 'Job')
    throw new ScError(
      'SC_UNSUPPORTED',
      `adopt "${name}": it is a Job, which runs each time that it is applied`,
    );
  const host = {
    masked: [...defaultMaskedPaths, ...thermalThrottlePaths()],
    readOnly: defaultReadOnlyPaths,
  };
  const document = documentOf(spec, await imageWords(place, state), host);
  const text = writeDocuments([withoutVariables(document)], [`"${name}" as it was, by sc adopt.`]);
  await confirm(place, text, state);
  return { id, name, text };
}

/** What the image says now, by the name that the container has it by. */
async function imageWords(place: Workplace, { spec }: ContainerState): Promise<ImageWords | undefined> {
  if (spec.image.kind !== 'image') return undefined;
  const images = await place.images();
  const { id, name } = spec.image;
  const facts: ImageFacts | undefined = await images.hold(() => {
    const known = images.entries().some((entry) => images.idsOf(entry).includes(id));
    return known
      ? { source: spec.image as ImageFacts['source'], config: images.find(id).image.config.config ?? {} }
      : undefined;
  });
  if (facts === undefined)
    throw new ScError(
      'SC_UNSUPPORTED',
      `adopt "${spec.name}": its image "${name}" is not in the store any more`,
    );
  const { config } = facts;
  return {
    environment: imageEnvironment(config),
    labels: config.Labels ?? {},
    program: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
    hasEntrypoint: (config.Entrypoint ?? []).length > 0,
    fields: imageFields(facts, { kind: 'Container' }),
    volumes: volumesOfImage(config),
  };
}

/** Throws SC_UNSUPPORTED unless applying the text leaves the container as it is; one that has stopped is started. */
async function confirm(place: Workplace, text: string, state: ContainerState): Promise<void> {
  const documents = parseDocuments(text, state.name, { environment: {}, set: {} });
  const { steps } = await makePlan(place, documents, [state], {
    ...fileChoices,
    isForExecution: false,
    changesNothing: true,
    directory: '/',
  });
  const changes = steps.flatMap((step) => ('changes' in step ? (step.changes ?? []) : []));
  if (changes.length === 0 && !steps.some(({ kind }) => kind === 'create')) return;
  const paths = changes.map(({ path }) => `"${path}"`).join(', ') || 'all of it';
  throw new ScError(
    'SC_UNSUPPORTED',
    `adopt "${state.name}": no file says what it is: ${paths} would change`,
    {
      hint: `sc inspect ${state.name}`,
    },
  );
}
