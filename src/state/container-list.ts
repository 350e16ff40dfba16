import { ScError } from '../errors/error.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Catalogue } from './catalogue.ts';
import { readRecord } from './record.ts';

export interface ContainerList {
  /** Oldest first. */
  containers: ContainerState[];
  /** Those whose record cannot be used: SC_STATE_CORRUPT or SC_STATE_NEWER. */
  broken: { id: string; error: ScError }[];
}

/** A look at every record. */
export function listContainers(catalogue: Catalogue): ContainerList {
  const containers: ContainerState[] = [];
  const broken: ContainerList['broken'] = [];
  for (const id of catalogue.ids()) {
    try {
      const state = readRecord(catalogue.directory(id), id);
      if (state !== undefined) containers.push(state);
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      broken.push({ id, error });
    }
  }
  containers.sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
  return { containers, broken };
}
