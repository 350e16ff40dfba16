import type { ErrorCode } from '../errors/error.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

export interface Listing {
  /** Oldest first. */
  containers: ContainerState[];
  /** Those whose record cannot be used. */
  broken: { id: string; code: ErrorCode; message: string }[];
}

/** The containers as they are now; those that have stopped only where `all` are wanted. Changes nothing. */
export async function list(settings: Settings, { all }: { all: boolean }): Promise<Listing> {
  const place = await openWorkplace(settings);
  const { containers, broken } = await place.store.list();
  const seen = await Promise.all(containers.map((state) => place.observe(state)));
  return {
    containers: seen.filter(({ status }) => all || status !== 'stopped'),
    broken: broken.map(({ id, error: { code, message } }) => ({ id, code, message })),
  };
}
