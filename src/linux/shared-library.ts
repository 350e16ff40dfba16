import { type BigIntStats, statSync } from 'node:fs';
import type { LibraryHandle } from 'koffi';
import { ScError } from '../errors/error.ts';
import { koffi } from './koffi.ts';

/** Where distributions put them. LD_LIBRARY_PATH is the caller's and does not count. */
const directories = {
  x64: ['/usr/lib/x86_64-linux-gnu', '/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64', '/usr/lib', '/lib'],
  arm64: ['/usr/lib/aarch64-linux-gnu', '/lib/aarch64-linux-gnu', '/usr/lib64', '/lib64', '/usr/lib', '/lib'],
} as Record<string, string[]>;

/** A library beside libc, which may be missing. */
export interface SharedLibrary {
  /** Of its file, such as `libseccomp.so.2`. */
  name: string;
  /** What installs it on Debian. */
  package: string;
  /** How to do without it, for the hint: `set security.seccomp to unconfined`. */
  without: string;
}

/** A file and the facts that change when a package update replaces it. */
export interface LibraryFile {
  path: string;
  identity: string;
}

/** Finds a library without loading it. Throws SC_HOST_UNFIT where it is not installed. */
export function findLibrary(
  { name, package: packaged, without }: SharedLibrary,
  places: readonly string[] = directories[process.arch] ?? [],
): LibraryFile {
  for (const directory of places) {
    const path = `${directory}/${name}`;
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status?.isFile()) return { path, identity: identityOf(path, status) };
  }
  throw new ScError('SC_HOST_UNFIT', `load "${name}": not found`, {
    errno: 'ENOENT',
    hint: `apt install ${packaged}, or ${without}`,
  });
}

function identityOf(path: string, { dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${path} ${dev} ${ino} ${size} ${mtimeNs}`;
}

/** Throws SC_HOST_UNFIT for a file that cannot be loaded. */
export function loadLibrary(library: SharedLibrary, path: string): LibraryHandle {
  try {
    return koffi().load(path);
  } catch (cause) {
    throw new ScError('SC_HOST_UNFIT', `load "${path}": it is no library for this processor`, {
      cause,
      hint: `apt install --reinstall ${library.package}`,
    });
  }
}
