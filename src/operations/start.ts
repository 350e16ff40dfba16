import type { StartRequest, StartResult } from '../schema/operations/start.ts';
import { validateResult } from '../schema/operations/validate-start.ts';
import type { Caller } from './caller.ts';
import { checkRequest } from './check-request.ts';
import { askMonitor } from './monitor.ts';
import type { Settings } from './settings.ts';
import { tellStarted } from './tell-ports.ts';
import { openWorkplace } from './workplace.ts';

/**
 * Starts containers that do not run, in the care of the monitor. Each is tried. Throws SC_NO_ANSWER and SC_PROTOCOL for
 * the monitor's sake.
 */
export async function start(request: StartRequest, settings: Settings, caller: Caller): Promise<StartResult> {
  checkRequest('start', await import('../schema/operations/validate-start.ts'), request);
  const place = await openWorkplace(settings);
  const result = await askMonitor<StartResult>(place, caller, {
    operation: 'start',
    request,
    validate: validateResult,
  });
  await tellStarted(place, caller, result);
  return result;
}
