import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where the programs of a host are that root uses; no variable of the caller's chooses what runs as root. */
export const HOST_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Absolute path of a program of this host, by its name in a PATH or by its own path; undefined where there is none
 * that can be executed. Parts of the PATH that are not absolute are passed over: what they mean depends on where
 * somebody stands.
 */
export function findProgram(program: string, searchPath = ''): string | undefined {
  const directories = searchPath.split(':').filter(isAbsolute);
  const paths = isAbsolute(program) ? [program] : directories.map((directory) => join(directory, program));
  return paths.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
