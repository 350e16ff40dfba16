import type { WaitRequest, WaitResult } from '../schema/operations/wait.ts';
import type { Caller } from './caller.ts';
import { checkRequest } from './check-request.ts';
import { tryEach } from './many.ts';
import type { MonitorCaller } from './monitor.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { Waiting } from './waiting.ts';
import { openWorkplace } from './workplace.ts';

/**
 * Waits for what is to become of containers, whoever runs them, and whether or not that lives. Each is waited for;
 * failures are SC_TIMEOUT, and SC_WRONG_STATE and SC_NOT_FOUND for what cannot come about any more.
 */
export async function wait(
  request: WaitRequest,
  settings: Settings,
  caller: MonitorCaller & Pick<Caller, 'abort'>,
): Promise<WaitResult> {
  checkRequest('wait', await import('../schema/operations/validate-wait.ts'), request);
  const { containers, condition = 'stopped', timeout } = request;
  const place = await openWorkplace(settings);
  await finishAbandoned(place, caller);
  const waiting = new Waiting(place, condition, { timeout });
  try {
    const all = tryEach(containers, (reference) => waiting.waitFor(reference), {
      atOnce: containers.length,
    });
    return await (caller.abort ? Promise.race([all, rejection(caller.abort)]) : all);
  } finally {
    waiting.close();
  }
}

/** Rejects with the reason when nobody wants to know any more. */
function rejection(abort: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  abort.addEventListener('abort', () => reject(abort.reason), { once: true });
  return promise;
}
