import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import type { CompletableCommand } from './commands.ts';

/** All commands, as the build has written them down: none of them is loaded. */
export function readManifest(): CompletableCommand[] {
  const file = join(dirname(findPackageJSON(import.meta.url) ?? ''), 'oclif.manifest.json');
  const { commands } = JSON.parse(readFileSync(file, 'utf8')) as {
    commands: { [id: string]: CompletableCommand };
  };
  return Object.values(commands);
}
