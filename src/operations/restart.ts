import type { RestartRequest, RestartResult } from '../schema/operations/restart.ts';
import { validateResult } from '../schema/operations/validate-restart.ts';
import type { Caller } from './caller.ts';
import { checkRequest } from './check-request.ts';
import { askMonitor } from './monitor.ts';
import type { Settings } from './settings.ts';
import { tellStarted } from './tell-ports.ts';
import { openWorkplace } from './workplace.ts';

/** Ends containers and starts them, in the care of the monitor; one that does not run is only started. Each is tried. */
export async function restart(
  request: RestartRequest,
  settings: Settings,
  caller: Caller,
): Promise<RestartResult> {
  checkRequest('restart', await import('../schema/operations/validate-restart.ts'), request);
  const place = await openWorkplace(settings);
  const result = await askMonitor<RestartResult>(place, caller, {
    operation: 'restart',
    request,
    validate: validateResult,
  });
  await tellStarted(place, caller, result);
  return result;
}
