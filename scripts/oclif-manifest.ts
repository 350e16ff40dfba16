import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Plugin } from '@oclif/core/config';

/**
 * Writes what oclif knows of the compiled commands to where it looks for it: without this file it loads
 * every command at every start, to learn their names and flags.
 */
const root = dirname(import.meta.dirname);
const plugin = new Plugin({
  root,
  type: 'core',
  isRoot: true,
  ignoreManifest: true,
  errorOnManifestCreate: true,
  // Defaults that are computed belong to the machine that runs the command.
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, undefined, 2)}\n`);
