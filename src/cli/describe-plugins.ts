import { visible } from '../errors/visible.ts';
import type { PluginResult } from '../schema/operations/plugin-many.ts';
import { table } from './table.ts';

/** A line for each, and why one cannot be loaded; nothing where there are none. */
export function describePlugins({ plugins }: PluginResult): string {
  if (plugins.length === 0) return '';
  const rows = plugins.map(({ name = '', version = '', directory, error }) => [
    visible(name),
    visible(version),
    error === undefined ? visible(directory) : visible(error.message),
  ]);
  return table([['NAME', 'VERSION', 'DIRECTORY'], ...rows]);
}
