import type { ContainerState } from '../schema/container-state.ts';
import type { MonitorCaller } from './monitor.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * All that is known of a container, as it is now, when what the dead have left is cleaned up. Throws
 * SC_NOT_FOUND, SC_AMBIGUOUS and SC_STATE_*.
 */
export async function inspect(
  reference: string,
  settings: Settings,
  caller?: MonitorCaller,
): Promise<ContainerState> {
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  return place.observe(await place.store.find(reference));
}
