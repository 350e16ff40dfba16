import { closeSync, constants, existsSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { isErrno, writeFully } from '../../linux/descriptor.ts';
import { lock } from '../../linux/flock.ts';
import { ENDED_SIZE, EXIT_RECORD } from './protocol.ts';

/** Milliseconds in which the keeper of an earlier run, whose sc has died, is gone. It takes a few. */
const PATIENCE = 5_000;

/**
 * Makes the record of the end for the keeper of a detached container, which is given the descriptor; who gets it
 * closes it. It has its size already, so that a full disk does not lose the end, and is locked as long as the
 * keeper lives. A keeper of an earlier run is waited for, whether anybody knows it or not: it has another file to
 * write to, but would take away control groups. `cleanUp` removes what it could not.
 */
export async function makeHeldRecord(directory: string, cleanUp: () => Promise<void>): Promise<number> {
  const path = join(directory, EXIT_RECORD);
  return during('SC_START_FAILED', `make "${path}"`, async () => {
    if (existsSync(path)) {
      await earlierKeeperGone(directory);
      await cleanUp();
    }
    rmSync(path, { force: true });
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFully(descriptor, Buffer.alloc(ENDED_SIZE));
      await lock(descriptor, path);
      return descriptor;
    } catch (error) {
      closeSync(descriptor);
      rmSync(path, { force: true });
      throw error;
    }
  });
}

/** Resolves when no keeper has the record of this directory any more. Throws SC_LOCKED if that is not in time. */
export async function keeperGone(
  directory: string,
  { timeout = Number.POSITIVE_INFINITY } = {},
): Promise<void> {
  const path = join(directory, EXIT_RECORD);
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  try {
    await lock(descriptor, path, { timeout });
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Resolves when the keeper of an earlier run, whose sc has died, is gone, be it known to anybody or not. Throws
 * SC_WRONG_STATE if that is not in time.
 */
export async function earlierKeeperGone(directory: string): Promise<void> {
  try {
    await keeperGone(directory, { timeout: PATIENCE });
  } catch (cause) {
    if (!(cause instanceof ScError) || cause.code !== 'SC_LOCKED') throw cause;
    throw new ScError('SC_WRONG_STATE', 'wait for the keeper of the last run: it does not end', {
      cause,
      hint: 'look with ps for a process "sc-keeper" that is stopped (state T)',
    });
  }
}
