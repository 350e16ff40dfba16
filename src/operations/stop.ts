import { ScError } from '../errors/error.ts';
import { SIGKILL } from '../linux/constants.ts';
import { sendSignal } from '../linux/send-signal.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type { StopRequest, StopResult } from '../schema/operations/stop.ts';
import { claimed } from '../state/claimed.ts';
import { requestEnd } from '../state/requested-end.ts';
import { type Caller, say } from './caller.ts';
import { checkRequest } from './check-request.ts';
import { awaitKilled, endsInTime, type IsOver, isStopped } from './ending.ts';
import { tryEach } from './many.ts';
import { letHear } from './pause.ts';
import { recordRequest } from './record-request.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { letGoOfPorts } from './tell-ports.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** Milliseconds after which it is said what is waited for. */
const SLOW = 1_000;

export type HowToStop = Omit<StopRequest, 'containers'>;

/** How many are asked to end at the same time. */
const AT_ONCE = 64;

/**
 * Ends containers: their stop signal, some time, then SIGKILL. One that has stopped or never ran is as it was asked
 * to be, and one that waits to be started again is not. Needs no monitor. Each is tried.
 */
export async function stop(request: StopRequest, settings: Settings, caller: Caller): Promise<StopResult> {
  checkRequest('stop', await import('../schema/operations/validate-stop.ts'), request);
  const { containers, ...how } = request;
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const stopOne = async (reference: string): Promise<ContainerName> => {
    const id = await place.store.identify(reference);
    return stopContainer(place, id, how, caller);
  };
  return tryEach(containers, stopOne, { atOnce: AT_ONCE });
}

async function stopContainer(
  place: Workplace,
  id: string,
  how: HowToStop,
  caller: Caller,
): Promise<ContainerName> {
  const state = await place.observe(await place.store.find(id));
  if (state.status === 'creating')
    throw new ScError('SC_WRONG_STATE', `stop "${state.name}": it is being made just now`, {
      hint: 'try again when who makes it has come further',
    });
  if (state.status === 'created') return { id, name: state.name };
  const left = state.status === 'stopped' ? await stopWaiting(place, id) : state;
  if (left !== undefined) await endContainer(place, left, how, () => isStopped(place, id), caller);
  await letGoOfPorts(left ?? state);
  return { id, name: state.name };
}

/**
 * Of one that has stopped: it waits for no start any more, and no start of the machine before this is a reason for
 * one. One that has just been begun is waited for, since it would not hear of this; then it answers what runs.
 */
async function stopWaiting(place: Workplace, id: string): Promise<ContainerState | undefined> {
  return place.store.exclusively(id, async () => {
    const state = await place.observe(await place.store.find(id));
    if (state.status !== 'stopped') return state;
    if (!mayStartAgain(state)) return undefined;
    await place.store.update(id, (now) => claimed(requestEnd(now, 'stop')), { durable: false });
    return undefined;
  });
}

/** Resolves when it has stopped, as `isOver` sees it. */
export async function endContainer(
  place: Workplace,
  state: ContainerState,
  how: HowToStop,
  isOver: IsOver,
  caller?: Caller,
): Promise<void> {
  const { name, spec } = state;
  await recordRequest(place, state, (now) => requestEnd(now, 'stop'));
  const { signal = spec.signals.stopSignal, timeout = spec.signals.stopTimeout } = how;
  if (timeout !== 0) {
    await signalInit(place, state, signal);
    if (await tellIfSlow(caller, name, timeout, endsInTime(isOver, timeout))) return;
  }
  await signalInit(place, state, SIGKILL);
  await awaitKilled(name, 'stop', isOver);
}

/** As docker has it, a paused one goes on to hear it. */
async function signalInit(place: Workplace, state: ContainerState, signal: number): Promise<void> {
  if (state.init !== undefined && sendSignal(state.init, signal)) await letHear(place, state);
}

/** Who looks at a terminal is told what is waited for, where it takes its time. */
async function tellIfSlow<Answer>(
  caller: Caller | undefined,
  name: string,
  timeout: number,
  answer: Promise<Answer>,
): Promise<Answer> {
  if (!caller?.stderr.terminal) return answer;
  const until = timeout < 0 ? '' : `, for ${timeout / 1000} s at most`;
  const timer = setTimeout(() => say(caller, `waiting for "${name}" to end${until}`), SLOW);
  return answer.finally(() => clearTimeout(timer));
}

/** By itself, now or after the next start of the machine. */
function mayStartAgain({ restarts, spec }: ContainerState): boolean {
  const { policy } = spec.monitor.restart;
  return restarts?.nextAt !== undefined || policy === 'always' || policy === 'unless-stopped';
}
