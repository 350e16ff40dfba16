import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { refuseOthers } from './package.ts';

/** Ours, and what is behind each of its names (`exports` of package.json). */
const ours = /^standard-container(?:\/|$)/;

/** URLs of all that plugins have loaded. */
const loaded = new Set<string>();
let isWatching = false;

/**
 * Loads a module of a plugin with all that it imports, of which each file is looked at before; what it imports from
 * `standard-container` is this program itself, whatever lies beside the plugin. Throws SC_BAD_PLUGIN for a file that
 * somebody else could change.
 */
export async function importGuarded(file: string): Promise<{ default?: unknown }> {
  watch();
  const { href } = pathToFileURL(file);
  admit(href);
  return import(href);
}

function watch(): void {
  if (isWatching) return;
  isWatching = true;
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context;
      if (parentURL === undefined || !loaded.has(parentURL)) return next(specifier, context);
      if (ours.test(specifier)) return next(specifier, { ...context, parentURL: import.meta.url });
      const found = next(specifier, context);
      if (found.url.startsWith('file:')) admit(found.url);
      return found;
    },
  });
}

function admit(url: string): void {
  refuseOthers(fileURLToPath(url));
  loaded.add(url);
}
