import { ScError } from '../errors/error.ts';
import { faultOf } from '../errors/fault.ts';
import { changeList, readList } from '../plugin/list.ts';
import { loadPlugin } from '../plugin/load.ts';
import { readPackage } from '../plugin/package.ts';
import type { Plugin, PluginRequest, PluginResult } from '../schema/operations/plugin-many.ts';
import { makeRoot } from '../state/root.ts';
import { absolutePath, type Caller } from './caller.ts';
import { pluginList, type Settings } from './settings.ts';

/** The plugins of a directory of state, of which none is loaded. Throws SC_BAD_PLUGIN for a list that cannot be read. */
export function listPlugins({ root }: Settings): PluginResult {
  return { plugins: readList(pluginList(root)).map(pluginIn) };
}

/**
 * Has the backends and storage drivers of a plugin from now on, after it was loaded once to see that it can be. Its code
 * has all rights of this user. No effect on one that is there already. Throws SC_BAD_PLUGIN for what is no plugin, for
 * one that somebody else could change, and for one that takes a name which is taken.
 */
export async function addPlugin(
  { plugin }: PluginRequest,
  settings: Settings,
  caller: Caller,
): Promise<PluginResult> {
  const { directory } = readPackage(absolutePath(plugin, caller));
  await loadPlugin(directory);
  makeRoot(settings.root);
  await changeList(pluginList(settings.root), (plugins) =>
    plugins.includes(directory) ? plugins : [...plugins, directory],
  );
  return listPlugins(settings);
}

/**
 * Takes a plugin from the list, by its directory or the name of its package: it is not loaded any more. Its containers
 * stay, and can be deleted when it is added again. Throws SC_NOT_FOUND.
 */
export async function removePlugin(
  { plugin }: PluginRequest,
  settings: Settings,
  caller: Caller,
): Promise<PluginResult> {
  const list = pluginList(settings.root);
  const isMeant = (directory: string) =>
    directory === absolutePath(plugin, caller) || pluginIn(directory).name === plugin;
  if (!readList(list).some(isMeant)) {
    throw new ScError('SC_NOT_FOUND', `no plugin "${plugin}"`, { hint: '`sc plugin list` lists them' });
  }
  await changeList(list, (plugins) => plugins.filter((directory) => !isMeant(directory)));
  return listPlugins(settings);
}

function pluginIn(directory: string): Plugin {
  try {
    const { name, version } = readPackage(directory);
    return { directory, name, version };
  } catch (error) {
    if (error instanceof ScError) return { directory, error: faultOf(error) };
    throw error;
  }
}
