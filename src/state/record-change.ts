import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import type { Durability } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Catalogue } from './catalogue.ts';
import { happened } from './happened.ts';
import type { Journal } from './journal.ts';
import { readRecord, writeRecord } from './record.ts';
import { locked } from './record-lock.ts';
import { notFound } from './reference.ts';

interface Change {
  id: string;
  change: (state: ContainerState) => ContainerState;
  durability: Durability;
}

interface Renaming {
  id: string;
  name: string;
  durability: Durability;
}

/** The record of a container by its full ID. Throws SC_NOT_FOUND, SC_STATE_CORRUPT and SC_STATE_NEWER. */
export function readThere(catalogue: Catalogue, id: string): ContainerState {
  const state = readRecord(catalogue.directory(id), id);
  if (state === undefined) throw notFound(catalogue, id);
  return state;
}

/** Changes a record, and tells of what has happened by that; see Store.update. */
export async function updateRecord(
  catalogue: Catalogue,
  journal: Journal,
  { id, change, durability }: Change,
): Promise<ContainerState> {
  const directory = catalogue.directory(id);
  const replace = async () => {
    const state = readThere(catalogue, id);
    const changed = change(state);
    if (changed.id !== id || changed.name !== state.name) {
      throw new ScError('SC_INTERNAL', `record container "${id}": its ID and name cannot change`);
    }
    const { unsettled } = catalogue.overview;
    unsettled.begin(changed, state);
    writeRecord(directory, changed, durability);
    unsettled.end(state, changed);
    await journal.append(happened(state, changed));
    return changed;
  };
  return unlessGone(catalogue, id, () =>
    during('SC_SYSTEM_CALL', `record container "${id}"`, () => locked(directory, replace)),
  );
}

/** Gives a container another name, and tells of it; see Store.rename. */
export async function renameRecord(
  catalogue: Catalogue,
  journal: Journal,
  { id, name, durability }: Renaming,
): Promise<ContainerState> {
  const { containers } = catalogue;
  const renameLocked = async () => {
    const state = readThere(catalogue, id);
    const renamed = catalogue.rename(state, name, durability);
    await journal.append(happened(state, renamed));
    return renamed;
  };
  return unlessGone(catalogue, id, async () => {
    const renamed = await during('SC_SYSTEM_CALL', `rename container "${id}"`, () =>
      locked(containers, () => locked(catalogue.directory(id), renameLocked)),
    );
    catalogue.sync();
    return renamed;
  });
}

/** It may be removed before it is locked, or while it is written. */
async function unlessGone<Result>(
  catalogue: Catalogue,
  id: string,
  action: () => Promise<Result>,
): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    if (isErrno(error, 'ENOENT') && !catalogue.has(id)) throw notFound(catalogue, id);
    throw error;
  }
}
