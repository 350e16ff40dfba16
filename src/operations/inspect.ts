import type { ContainerState } from '../schema/container-state.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** All that is known of a container, as it is now. Throws SC_NOT_FOUND, SC_AMBIGUOUS and SC_STATE_*. */
export async function inspect(reference: string, settings: Settings): Promise<ContainerState> {
  const place = await openWorkplace(settings);
  return place.observe(await place.store.find(reference));
}
