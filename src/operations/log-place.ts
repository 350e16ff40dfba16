import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LogTarget } from '../backend/backend.ts';
import { makeDirectory } from '../linux/make-directory.ts';
import { LOG_DIRECTORY } from '../logging/layout.ts';
import { mendLog } from '../logging/mend-log.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { makeRoot } from '../state/root.ts';
import type { Store } from '../state/store.ts';

/** In memory, and gone with the machine (hier(7)). */
const VOLATILE = '/run/sc';

/** Bytes: enough for who is attached to keep up. */
const VOLATILE_SIZE = 512 * 1024;

/**
 * Where what a detached container writes goes: into its own directory, or, where nothing is to be kept, into
 * memory, for who is attached, until it ends.
 */
export function logPlace(store: Store, { id, spec }: Pick<ContainerState, 'id' | 'spec'>): LogTarget {
  const { driver, maxSize, maxFiles } = spec.logging;
  if (driver === 'file') return { directory: join(store.directory(id), LOG_DIRECTORY), maxSize, maxFiles };
  return { directory: volatileLog(id), maxSize: VOLATILE_SIZE, maxFiles: 2, isVolatile: true };
}

/** Only while no keeper writes there. */
export function makeLog({ directory, isVolatile }: LogTarget): void {
  if (isVolatile) makeRoot(dirname(directory));
  makeDirectory(directory);
  mendLog(directory);
}

/** Of a container whose keeper was killed. */
export function removeVolatileLog(id: string): void {
  rmSync(volatileLog(id), { recursive: true, force: true });
}

function volatileLog(id: string): string {
  return join(VOLATILE, `log-${id}`);
}
