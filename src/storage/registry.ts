import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { Differing, Layered, StorageDriver } from './driver.ts';
import { overlayDriver } from './overlay/driver.ts';

/** A driver with those of the optional powers that it has. */
export type OpenStorage = StorageDriver & Partial<Differing & Layered>;

const drivers: ReadonlyMap<string, (store: string) => OpenStorage> = new Map([['overlay', overlayDriver]]);

/**
 * The storage driver of this name. It keeps its snapshots in a directory of its own below `directory`, an
 * absolute path, and makes nothing before the first. Throws SC_USAGE for an unknown name.
 */
export function openStorage(name: string, directory: string): OpenStorage {
  const open = drivers.get(name);
  if (open !== undefined) return open(join(directory, name));
  const known = [...drivers.keys()];
  throw new ScError('SC_USAGE', `unknown storage driver "${name}"${didYouMean(name, known)}`, {
    hint: `known storage drivers: ${known.join(', ')}`,
  });
}
