import type { ListRequest, ListResult } from '../schema/operations/list.ts';
import type { MonitorCaller } from './monitor.ts';
import { recover } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * The containers as they are now; those that have stopped only where `all` are wanted. What the dead have
 * left is cleaned up; where that does not succeed, the container is shown, and tried again next time.
 */
export async function list(
  { all = false }: ListRequest,
  settings: Settings,
  caller?: MonitorCaller,
): Promise<ListResult> {
  const place = await openWorkplace(settings);
  const { containers, broken } = await recover(place, caller);
  const seen = await Promise.all(containers.map((state) => place.observe(state)));
  return {
    containers: seen.filter(({ status }) => all || status !== 'stopped'),
    broken: broken.map(({ id, error: { code, message } }) => ({ id, code, message })),
  };
}
