import { realpathSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ScError } from '../errors/error.ts';
import { reason } from '../errors/reason.ts';

/**
 * The true path of a directory of the host that a container is to see as a lower layer. Throws
 * SC_STORAGE_FAILED for what is no directory, and for one that holds the store or lies in it: the
 * container would see its own writes as its base, and those of all others.
 */
export function checkLower(path: string, store: string): string {
  if (!isAbsolute(path)) throw refusal(path, 'the path is not absolute');
  const real = resolve(path);
  if (!statSync(real).isDirectory()) throw refusal(path, 'it is not a directory');
  const realStore = realpathSync(store);
  if (contains(real, realStore)) {
    throw refusal(
      path,
      `it contains the store "${realStore}"`,
      real === '/' ? 'image: host shows the operating system of the machine, without the store' : undefined,
    );
  }
  if (contains(realStore, real)) throw refusal(path, `it lies in the store "${realStore}"`);
  return real;
}

function resolve(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw refusal(path, reason(cause), 'name a directory of this host that holds a root filesystem');
  }
}

function contains(directory: string, path: string): boolean {
  return `${path}/`.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function refusal(path: string, why: string, hint?: string): ScError {
  const message = `use directory "${path}" as a root filesystem: ${why}`;
  return new ScError('SC_STORAGE_FAILED', message, hint === undefined ? {} : { hint });
}
