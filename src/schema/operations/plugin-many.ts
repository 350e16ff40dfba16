// Generated from schema/operations/plugin-many.schema.json by `npm run generate`; not to be edited.

import type { Fault } from '../fault.ts';

/** Plugins of a directory of state: which are added, and taken away. */
export type PluginMany = PluginRequest | PluginResult;

/** The plugin that is added or taken away. */
export interface PluginRequest {
  /**
   * Directory of its npm package, relative to the working directory of the caller. To take it away
   * its name will do.
   */
  plugin: string;
}

/** `sc plugin list`, `sc plugin add` and `sc plugin remove`: the plugins that there are then. */
export interface PluginResult {
  /** In the order in which they are loaded. */
  plugins: Plugin[];
}

/** A plugin, or what is there in its place. */
export interface Plugin {
  /** Directory of its npm package, absolute. */
  directory: string;
  /** Name of the package. */
  name?: string;
  /** Its version. */
  version?: string;
  /** Why it cannot be loaded. */
  error?: Fault;
}
