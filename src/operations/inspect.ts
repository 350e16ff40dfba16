import type { InspectRequest, InspectResult } from '../schema/operations/inspect.ts';
import { checkRequest } from './check-request.ts';
import type { MonitorCaller } from './monitor.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * All that is known of a container, as it is now, when what the dead have left is cleaned up. Throws
 * SC_NOT_FOUND, SC_AMBIGUOUS and SC_STATE_*.
 */
export async function inspect(
  request: InspectRequest,
  settings: Settings,
  caller?: MonitorCaller,
): Promise<InspectResult> {
  checkRequest('inspect', await import('../schema/operations/validate-inspect.ts'), request);
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  return place.observe(await place.store.find(request.container));
}
