import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { importGuarded } from './guarded-modules.ts';
import { readList } from './list.ts';
import { readPackage } from './package.ts';

/** By directory: loaded once, as any module, whatever it came to. */
const loading = new Map<string, Promise<void>>();

/** Loads those plugins of a list that are not loaded yet. Answers what went wrong, of each its error. */
export async function loadPlugins(list: string): Promise<ScError[]> {
  const errors: ScError[] = [];
  for (const directory of readList(list)) {
    try {
      await loadPlugin(directory);
    } catch (error) {
      errors.push(
        error instanceof ScError ? error : failure('SC_BAD_PLUGIN', `load plugin "${directory}"`, error),
      );
    }
  }
  return errors;
}

/**
 * Loads the plugin of a directory, and calls its hook, in which it registers what it has. Throws SC_BAD_PLUGIN where it
 * is none, fails, or could be changed by somebody else.
 */
export function loadPlugin(directory: string): Promise<void> {
  const known = loading.get(directory) ?? load(directory);
  loading.set(directory, known);
  return known;
}

async function load(directory: string): Promise<void> {
  const { module } = readPackage(directory);
  try {
    const { default: hook } = await importGuarded(module);
    if (typeof hook !== 'function') throw new Error(`"${module}" exports no function as default`);
    await hook();
  } catch (cause) {
    throw failure('SC_BAD_PLUGIN', `load plugin "${directory}"`, cause);
  }
}
