import type { AnyBackend, Detaching } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Workplace } from './workplace.ts';

/** The backend of a container that can live on. Throws SC_UNSUPPORTED for another. */
export async function detaching(
  place: Workplace,
  { name, backend: chosen }: Pick<ContainerState, 'name' | 'backend'>,
): Promise<AnyBackend & Detaching> {
  const backend = await place.backend(chosen);
  if (canDetach(backend)) return backend;
  throw new ScError('SC_UNSUPPORTED', `detach "${name}": backend "${backend.name}" has no such containers`);
}

function canDetach(backend: AnyBackend): backend is AnyBackend & Detaching {
  return backend.adopt !== undefined && backend.detach !== undefined;
}
