import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../operations/settings.ts';

/**
 * Settings of operations, where nothing else is given those of the command line without flags: its directory of state,
 * the backend `native` and the storage driver `overlay`. Names are looked at by the operations.
 */
export function defaultSettings(changes: Partial<Settings> = {}): Settings {
  return { root: defaultRoot(), backend: 'native', storageDriver: 'overlay', ...changes };
}

/** The directory of state and storage of this user. */
export function defaultRoot(): string {
  if (process.geteuid?.() === 0) return '/var/lib/sc';
  return join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'sc');
}
