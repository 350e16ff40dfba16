import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkBackendName, isBackendName } from '../backend/registry.ts';

/** What an operation works with, the same for all operations of one call. */
export interface Settings {
  /** Absolute directory of state and storage. */
  root: string;
  /** Name of the backend, such as `native`. */
  backend: string;
  /** Name of the storage driver, such as `overlay`. */
  storageDriver: string;
  /** Address of this machine at which ports are published that name none; without it all. */
  publishAddress?: string;
}

/**
 * Throws SC_USAGE for a backend that nobody knows, also where it would not be asked for anything. Where there are
 * plugins one of them may know it: they are loaded when it is opened.
 */
export function checkSettings({ backend, root }: Settings): void {
  if (isBackendName(backend) || !mayHavePlugins(root)) checkBackendName(backend);
}

/** Whether a directory of state has plugins. */
export function mayHavePlugins(root: string): boolean {
  return existsSync(pluginList(root));
}

/** The list of the plugins of a directory of state. */
export function pluginList(root: string): string {
  return join(root, 'plugins.json');
}
