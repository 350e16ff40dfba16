import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { StorageDriver } from './driver.ts';
import { overlayDriver } from './overlay/driver.ts';

const drivers: ReadonlyMap<string, (store: string) => StorageDriver> = new Map([['overlay', overlayDriver]]);

/**
 * The storage driver of this name. It keeps its snapshots in a directory of its own below `directory`, an
 * absolute path, and makes nothing before the first. Throws SC_USAGE for an unknown name.
 */
export function openStorage(name: string, directory: string): StorageDriver {
  const open = drivers.get(name);
  if (open !== undefined) return open(join(directory, name));
  const known = [...drivers.keys()];
  throw new ScError('SC_USAGE', `unknown storage driver "${name}"${didYouMean(name, known)}`, {
    hint: `known storage drivers: ${known.join(', ')}`,
  });
}
