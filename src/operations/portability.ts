import { backendNames, featuresOf, isInstalled } from '../backend/registry.ts';
import type { SourceDocument } from '../document/source-document.ts';
import { refusedFields } from '../plan/honoured.ts';
import type { Features } from '../schema/features.ts';
import type { DocumentPortability, PortabilityResult } from '../schema/operations/portability.ts';
import type { Caller } from './caller.ts';
import { type FileRequest, readFileRequest } from './file-request.ts';
import { seekBackend } from './named.ts';
import type { Settings } from './settings.ts';

/**
 * Which backends run the documents of a file as they are, by what each declares: those of the registry, and the one
 * that was chosen. Looks at nothing but the file and whether their programs are there. Throws SC_BAD_FILE.
 */
export async function portability(
  request: FileRequest,
  settings: Settings,
  caller: Caller,
): Promise<PortabilityResult> {
  const { name, documents } = await readFileRequest(request, caller);
  await seekBackend(settings.backend, settings.root);
  const names = [...new Set([...backendNames, settings.backend])];
  const declared = await Promise.all(names.map(featuresOf));
  return {
    file: name,
    backends: names.map((backend) => ({ backend, installed: isInstalled(backend) })),
    documents: documents.map((document) => ({
      kind: document.value.kind,
      name: document.value.metadata.name,
      backends: declared.map((features) => portabilityOf(document, features)),
    })),
  };
}

function portabilityOf({ value, locate }: SourceDocument, features: Features): DocumentPortability {
  const refused = refusedFields(value, features).map(({ path, what, reason, expected, isOfJob }) => ({
    path,
    ...locate(path),
    found: what,
    reason: isOfJob ? 'a Job runs once, on the streams of its caller' : (reason ?? 'nothing here has it yet'),
    ...(expected !== undefined && { expected }),
  }));
  return { backend: features.backend, runs: refused.length === 0, refused };
}
