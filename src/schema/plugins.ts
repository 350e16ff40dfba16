// Generated from schema/plugins.schema.json by `npm run generate`; not to be edited.

/** The plugins of a directory of state, in its file `plugins.json`: nothing else is ever loaded. */
export interface Plugins {
  /** Version of this form. */
  version: 1;
  /** Directories of npm packages, absolute and without links, in the order in which they are loaded. */
  plugins: string[];
}
