import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { replaceFile } from '../linux/atomic-file.ts';
import { withLock } from '../linux/flock.ts';
import type { Plugins } from '../schema/plugins.ts';
import { validatePlugins } from '../schema/validate-plugins.ts';
import { distrust } from './trust.ts';

/**
 * The directories of the plugins that a list names, in the form of `plugins.schema.json`; none where there is no list.
 * Throws SC_BAD_PLUGIN for one that cannot be read, or that somebody else could have written.
 */
export function readList(file: string): string[] {
  if (!existsSync(file)) return [];
  try {
    const why = distrust(file);
    if (why !== undefined) throw new Error(why);
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isList(value)) throw new Error('it is no list of plugins');
    return value.plugins;
  } catch (cause) {
    throw failure('SC_BAD_PLUGIN', `read "${file}"`, cause);
  }
}

/** Changes a list by `change`, one at a time. Its directory is there, and the list where it is not empty. */
export async function changeList(
  file: string,
  change: (plugins: readonly string[]) => readonly string[],
): Promise<void> {
  await withLock(dirname(file), () => {
    const plugins: Plugins = { version: 1, plugins: [...change(readList(file))] };
    if (!isList(plugins)) throw new ScError('SC_INTERNAL', 'write a list of plugins that is none');
    if (plugins.plugins.length === 0) rmSync(file, { force: true });
    else replaceFile(file, `${JSON.stringify(plugins, undefined, 2)}\n`, { durable: true });
  });
}

function isList(value: unknown): value is Plugins {
  return validatePlugins(value);
}
