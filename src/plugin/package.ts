import { readFileSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import { distrust } from './trust.ts';

/** The hook by which a plugin is called. */
const HOOK = 'standard-container';

/** What the package of a plugin says of itself. */
export interface PluginPackage {
  /** Absolute, without links. */
  directory: string;
  name: string;
  version: string;
  /** Absolute path of the module of its hook. */
  module: string;
}

/**
 * Reads the package.json of a plugin, which is an oclif plugin with a hook for sc. Throws SC_BAD_PLUGIN for what is
 * none, and where somebody else could change it.
 */
export function readPackage(path: string): PluginPackage {
  try {
    const directory = realpathSync(path);
    const { name, version, oclif } = readManifest(join(directory, 'package.json'));
    const hook = oclif?.hooks?.[HOOK];
    if (typeof name !== 'string' || typeof version !== 'string')
      throw refusal('its package.json has no name and version', 'give the directory of an npm package');
    if (typeof hook !== 'string')
      throw refusal(
        'its package.json has no hook for sc',
        `"oclif": { "hooks": { "${HOOK}": "./register.js" } }`,
      );
    const module = realpathSync(join(directory, hook));
    if (!module.startsWith(directory + sep)) throw refusal(`its hook "${hook}" leads out of it`);
    return { directory, name, version, module };
  } catch (cause) {
    throw failure('SC_BAD_PLUGIN', `load plugin "${path}"`, cause);
  }
}

interface Manifest {
  name?: unknown;
  version?: unknown;
  oclif?: { hooks?: { [event: string]: unknown } };
}

function readManifest(file: string): Manifest {
  refuseOthers(file);
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof value === 'object' && value !== null ? value : {};
}

/** Throws for a file of a plugin that somebody else could change. */
export function refuseOthers(file: string): void {
  const why = distrust(file);
  if (why === undefined) return;
  throw refusal(
    why,
    'chown -R root:root and chmod -R go-w the plugin and what it imports: nobody but root and you may be able to change it',
  );
}

function refusal(why: string, hint?: string): ScError {
  return new ScError('SC_BAD_PLUGIN', why, hint === undefined ? {} : { hint });
}
