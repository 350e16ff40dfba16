import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { Differing, Layered, StorageDriver } from './driver.ts';

/** A driver with those of the optional powers that it has. */
export type OpenStorage = StorageDriver & Partial<Differing & Layered>;

/** Opens a driver that keeps all that is its own in one directory, which need not be there yet. */
export type StorageOpener = (store: string) => OpenStorage | Promise<OpenStorage>;

const drivers = new Map<string, StorageOpener>([
  ['overlay', async (store) => (await import('./overlay/driver.ts')).overlayDriver(store)],
  ['btrfs', async (store) => (await import('./btrfs/driver.ts')).btrfsDriver(store)],
  ['vfs', async (store) => (await import('./vfs/driver.ts')).vfsDriver(store)],
]);

/** Adds a driver of somebody else's. Throws SC_EXISTS for a name that is taken, and SC_USAGE for one that is none. */
export function registerStorageDriver(name: string, open: StorageOpener): void {
  if (drivers.has(name)) throw new ScError('SC_EXISTS', `storage driver "${name}" is there already`);
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
    throw new ScError('SC_USAGE', `use ${JSON.stringify(name)} as the name of a storage driver: it is none`, {
      hint: 'a letter, then letters, digits and "-", all of them small',
    });
  }
  drivers.set(name, open);
}

export function storageDriverNames(): string[] {
  return [...drivers.keys()];
}

/** Whether a driver of this name is known now. */
export function isStorageDriverName(name: string): boolean {
  return drivers.has(name);
}

/**
 * Loads the storage driver of this name, and nothing of the others. It keeps its snapshots in a directory of its own
 * below `directory`, an absolute path, and makes nothing before the first. Throws SC_USAGE for an unknown name, and
 * SC_WRONG_STATE where another driver has made something there: nobody else can use it.
 */
export async function openStorage(name: string, directory: string): Promise<OpenStorage> {
  const open = drivers.get(name);
  const known = storageDriverNames();
  if (open === undefined) {
    throw new ScError('SC_USAGE', `unknown storage driver "${name}"${didYouMean(name, known)}`, {
      hint: `known storage drivers: ${known.join(', ')}`,
    });
  }
  refuseOther(name, directory);
  return open(join(directory, name));
}

/** Also a driver that is not known here, as one of a plugin that is not loaded. */
function refuseOther(name: string, directory: string): void {
  const stores = existsSync(directory) ? readdirSync(directory, { withFileTypes: true }) : [];
  const other = stores.find(
    (store) => store.name !== name && store.isDirectory() && isUsed(join(directory, store.name)),
  )?.name;
  if (other === undefined || isUsed(join(directory, name))) return;
  throw new ScError(
    'SC_WRONG_STATE',
    `use storage driver "${name}": "${directory}" is a store of storage driver "${other}"`,
    {
      hint: `--storage-driver ${other} (or SC_STORAGE_DRIVER), or another store with --root DIR\nto change it for good, delete all containers and images with "${other}" first`,
    },
  );
}

/** Whether a snapshot or a layer is in it. */
function isUsed(store: string): boolean {
  if (!existsSync(store)) return false;
  const layers = join(store, '.layers');
  const names = [...readdirSync(store), ...(existsSync(layers) ? readdirSync(layers) : [])];
  return names.some((name) => !name.startsWith('.'));
}
