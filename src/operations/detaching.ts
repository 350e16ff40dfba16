import type { AnyBackend, Detaching } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import { naming } from '../errors/reason.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Workplace } from './workplace.ts';

/** The backend of a container that can live on. Throws SC_UNSUPPORTED for another. */
export async function detaching(
  place: Workplace,
  { name, backend: chosen }: Pick<ContainerState, 'name' | 'backend'>,
): Promise<AnyBackend & Detaching> {
  const backend = await place.backend(chosen);
  return naming(`detach "${name}"`, async () => ableTo('run --detach', backend, chosen));
}
