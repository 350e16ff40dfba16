import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFully } from './descriptor.ts';

export interface Durability {
  /**
   * Whether a loss of power right after may not undo it. Without it readers still see the old or the new
   * whole, and no wait for the disk is paid.
   */
  durable: boolean;
  /** Whether a loss of power leaves nothing but the old or the new whole; what is durable is whole too. */
  whole?: boolean;
}

/**
 * Puts a file (0600) in the place of another, so that who reads sees the old text or the new one and never
 * a part. For one writer at a time: its unfinished file has a fixed name, so that a writer who is killed
 * leaves no more than one.
 */
export function replaceFile(path: string, text: string, { durable, whole = durable }: Durability): void {
  const unfinished = `${path}.new`;
  try {
    write(unfinished, text, whole);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  if (durable) syncDirectory(dirname(path));
}

/** Waits until the names in a directory are on the disk. */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function write(path: string, text: string, isSynced: boolean): void {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const descriptor = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    writeFully(descriptor, text);
    if (isSynced) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
