import { loadFile } from '../document/load.ts';
import type { Variables } from '../document/variables.ts';
import type { Problem } from '../errors/problem.ts';
import { UnsupportedError } from '../plan/unsupported.ts';
import { fileChoices, makePlan } from './make-plan.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

export interface Validation {
  file: string;
  documents: { kind: string; name: string }[];
  /** What is right, but cannot be honoured by the backend yet. */
  unsupported: readonly Problem[];
}

/** Checks a container file, and touches nothing. Throws SC_BAD_FILE with all that is wrong. */
export async function validate(file: string, variables: Variables, settings: Settings): Promise<Validation> {
  const documents = await loadFile(file, variables);
  return {
    file,
    documents: documents.map(({ value }) => ({ kind: value.kind, name: value.metadata.name })),
    unsupported: await unsupportedFields(documents, settings),
  };
}

async function unsupportedFields(
  documents: Awaited<ReturnType<typeof loadFile>>,
  settings: Settings,
): Promise<readonly Problem[]> {
  try {
    await makePlan(await openWorkplace(settings), documents, [], fileChoices);
    return [];
  } catch (error) {
    if (error instanceof UnsupportedError) return error.problems;
    throw error;
  }
}
