import { ScError } from '../errors/error.ts';
import { SIGKILL } from '../linux/constants.ts';
import { sendSignal } from '../linux/send-signal.ts';
import { signalName } from '../linux/signals.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { KillRequest, KillResult } from '../schema/operations/kill.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { happening } from '../state/happened.ts';
import { requestEnd } from '../state/requested-end.ts';
import { transition } from '../state/transitions.ts';
import { checkRequest } from './check-request.ts';
import { awaitKilled, isStopped } from './ending.ts';
import { tryEach } from './many.ts';
import { letHear } from './pause.ts';
import { recordRequest } from './record-request.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** How many are waited for at the same time. */
const AT_ONCE = 64;

/**
 * Sends a signal to the programs of containers, SIGKILL without another, and waits for the end of those that
 * cannot but end. One that does not run is refused. Needs no monitor. Each is tried.
 */
export async function kill(request: KillRequest, settings: Settings): Promise<KillResult> {
  checkRequest('kill', await import('../schema/operations/validate-kill.ts'), request);
  const { containers, signal = SIGKILL } = request;
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  return tryEach(containers, (reference) => killOne(place, reference, signal), { atOnce: AT_ONCE });
}

async function killOne(place: Workplace, reference: string, signal: number): Promise<ContainerName> {
  const { store } = place;
  const state = await place.observe(await store.find(reference));
  const { id, name, init, spec } = state;
  transition(state, 'kill');
  const isEnding = signal === SIGKILL || signal === spec.signals.stopSignal;
  if (isEnding) await recordRequest(place, state, (now) => asked(now, state));
  await store.tell(happening(state, 'signalled', { signal: signalName(signal) }));
  if (init === undefined || !sendSignal(init, signal)) throw hasEnded(name);
  if (isEnding) await letHear(place, state);
  if (signal === SIGKILL) await awaitKilled(name, 'kill', () => isStopped(place, id));
  return { id, name };
}

/** Of that run alone: it may have ended meanwhile, and another have begun. */
function asked(now: ContainerState, { startedAt }: ContainerState): ContainerState {
  return now.status === 'stopped' || now.startedAt !== startedAt ? now : requestEnd(now, 'kill');
}

function hasEnded(name: string): ScError {
  return new ScError('SC_WRONG_STATE', `kill "${name}": its program has ended in the meantime`);
}
