import type { SourceDocument } from '../document/source-document.ts';
import type { Problem } from '../errors/problem.ts';
import { UnsupportedError } from '../plan/unsupported.ts';
import type { Validation } from '../schema/answer.ts';
import type { Caller } from './caller.ts';
import { type FileRequest, readFileRequest } from './file-request.ts';
import { fileChoices, makePlan } from './make-plan.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** Checks a container file, and touches nothing. Throws SC_BAD_FILE with all that is wrong. */
export async function validate(
  request: FileRequest,
  settings: Settings,
  caller: Caller,
): Promise<Validation> {
  const { name, documents, directory } = await readFileRequest(request, caller);
  return {
    file: name,
    documents: documents.map(({ value }) => ({ kind: value.kind, name: value.metadata.name })),
    unsupported: [...(await unsupportedFields(documents, directory, settings))],
  };
}

async function unsupportedFields(
  documents: readonly SourceDocument[],
  directory: string,
  settings: Settings,
): Promise<readonly Problem[]> {
  try {
    await makePlan(await openWorkplace(settings), documents, [], {
      ...fileChoices,
      isForExecution: false,
      changesNothing: true,
      directory,
    });
    return [];
  } catch (error) {
    if (error instanceof UnsupportedError) return error.problems;
    throw error;
  }
}
