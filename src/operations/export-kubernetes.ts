import { parseSize } from '../document/units.ts';
import { ScError } from '../errors/error.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { translateToKubernetes } from '../exchange/kubernetes/translate.ts';
import { remarks } from '../exchange/report.ts';
import { writeDocuments } from '../exchange/write.ts';
import type {
  ExportKubernetesRequest,
  ExportKubernetesResult,
} from '../schema/operations/export-kubernetes.ts';
import type { Caller } from './caller.ts';
import { readFileRequest } from './file-request.ts';

/** What a claim asks for where nobody says it. */
const CLAIM_SIZE = '1Gi';

/**
 * Objects of Kubernetes that say what container files say, and what of that cannot be carried over. Nothing is made, and
 * no file but those is read. Throws SC_BAD_FILE with all that is wrong in the files, and with `strict` for what cannot be
 * carried over; SC_USAGE for a size that is none.
 */
export async function exportKubernetes(
  { file, set = {}, claimSize, strict = false }: ExportKubernetesRequest,
  caller: Caller,
): Promise<ExportKubernetesResult> {
  checkSize(claimSize);
  const { name, documents, directory } = await readFileRequest({ file, set }, caller);
  const claims = { size: claimSize ?? CLAIM_SIZE, isGuess: claimSize === undefined };
  const { objects, notes } = translateToKubernetes(documents, directory, claims);
  if (strict && notes.length > 0) throw new InvalidFileError(name, notes);
  return {
    file: name,
    objects: objects.map(({ kind, metadata }) => ({ kind, name: metadata.name })),
    notes: [...notes],
    text: writeDocuments(objects, [`From ${name} by sc export kubernetes.`, ...remarks(notes)]),
  };
}

function checkSize(text: string | undefined): void {
  try {
    if (text !== undefined) parseSize(text);
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    throw new ScError(error.code, `--claim-size: ${error.message}`, { hint: error.hint ?? '' });
  }
}
