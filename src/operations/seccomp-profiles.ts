import { resolve } from 'node:path';
import { readText } from '../document/read-text.ts';
import { problemAt, type SourceDocument } from '../document/source-document.ts';
import { ScError } from '../errors/error.ts';
import { isRunnable } from '../plan/runnable.ts';
import { MissingPathsError } from './host-paths.ts';

/**
 * Reads the seccomp profiles that documents name, by their absolute paths, each as it will be held to. Throws
 * InvalidFileError with all that is wrong in one, and MissingPathsError for one that cannot be read.
 */
export async function readSeccompProfiles(
  documents: readonly SourceDocument[],
  directory: string,
): Promise<Map<string, string>> {
  const profiles = new Map<string, string>();
  for (const document of documents) {
    const name = nameIn(document);
    if (name === undefined || profiles.has(resolve(directory, name))) continue;
    const path = resolve(directory, name);
    const text = await read(path, document);
    await check(text, path);
    profiles.set(path, text);
  }
  return profiles;
}

/** What checks them is loaded only where there is one. */
async function check(text: string, path: string): Promise<void> {
  const { checkSeccompProfile } = await import('../document/seccomp-profile.ts');
  const { syscallNames } = await import('../linux/seccomp/syscall-names.ts');
  checkSeccompProfile(text, path, syscallNames());
}

function nameIn({ value }: SourceDocument): string | undefined {
  if (!isRunnable(value)) return undefined;
  const profile = value.security?.seccomp;
  return profile === 'default' || profile === 'unconfined' ? undefined : profile;
}

async function read(path: string, document: SourceDocument): Promise<string> {
  try {
    return await readText(path, 'seccomp profile');
  } catch (error) {
    if (!(error instanceof ScError)) throw error;
    const field = 'security.seccomp';
    const problem = {
      ...problemAt(document, field, error.message),
      expected: "default, unconfined, or a profile in docker's JSON form",
    };
    throw new MissingPathsError(document.file, [problem]);
  }
}
