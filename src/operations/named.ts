import { join } from 'node:path';
import type { AnyBackend } from '../backend/backend.ts';
import { isBackendName, openBackend } from '../backend/registry.ts';
import { isStorageDriverName, type OpenStorage, openStorage } from '../storage/registry.ts';
import { pluginList } from './settings.ts';

/** Opens a backend, which may be that of a plugin. Throws SC_USAGE for an unknown name, and SC_BAD_PLUGIN. */
export async function backendNamed(name: string, root: string): Promise<AnyBackend> {
  await seekBackend(name, root);
  return openBackend(name, root);
}

/** Opens a storage driver, which may be that of a plugin. Throws SC_USAGE for an unknown name, and SC_BAD_PLUGIN. */
export async function storageNamed(name: string, root: string): Promise<OpenStorage> {
  await seek(() => isStorageDriverName(name), root);
  return openStorage(name, join(root, 'storage'));
}

/** Sees to it that a backend is known, if anybody knows it. Throws SC_BAD_PLUGIN. */
export async function seekBackend(name: string, root: string): Promise<void> {
  await seek(() => isBackendName(name), root);
}

/** Plugins are loaded by who needs one, since each may be broken. What is still not known may be that of one that is. */
async function seek(isKnown: () => boolean, root: string): Promise<void> {
  if (isKnown()) return;
  const { loadPlugins } = await import('../plugin/load.ts');
  const [error] = await loadPlugins(pluginList(root));
  if (error !== undefined && !isKnown()) throw error;
}
