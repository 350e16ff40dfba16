import type { SourceDocument } from '../document/source-document.ts';
import { capabilityNames } from '../linux/capabilities.ts';
import { effectiveCapabilities } from '../linux/kernel.ts';
import { thermalThrottlePaths } from '../linux/masks.ts';
import { type CompileOptions, compile } from '../plan/compile.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Plan } from '../schema/plan.ts';
import { newId } from '../state/id.ts';
import type { Workplace } from './workplace.ts';

type Choices = Pick<CompileOptions, 'source' | 'directory' | 'removeOnExit' | 'replace'> &
  Partial<Pick<CompileOptions, 'newId'>>;

/** Compiles documents for this host and the backend that was chosen. Errors are those of `compile`. */
export async function makePlan(
  place: Workplace,
  documents: readonly SourceDocument[],
  observed: readonly ContainerState[],
  choices: Choices,
): Promise<Plan> {
  const backend = await place.backend();
  return compile(documents, observed, {
    backend: backend.name,
    unsupported: (container) => backend.unsupported(container),
    newId,
    capabilities: capabilityNames(effectiveCapabilities()),
    maskedPaths: thermalThrottlePaths(),
    ...choices,
  });
}

/** How a container file is compiled, by `plan` and `apply` alike. */
export const fileChoices = { source: 'file', removeOnExit: false, replace: true } as const;
