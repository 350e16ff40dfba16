import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type { PauseRequest, PauseResult } from '../schema/operations/pause.ts';
import type { ResumeRequest, ResumeResult } from '../schema/operations/resume.ts';
import { transition } from '../state/transitions.ts';
import { checkRequest } from './check-request.ts';
import { isLeftStill, letGoOn } from './hold-still.ts';
import { liveContainer, livePowers } from './live-container.ts';
import { tryEach } from './many.ts';
import { ignoreGone } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** After a loss of power nothing stands still any more. */
const VOLATILE = { durable: false };

/** One whose processes are slow to stand still is not in the way of the others. */
const AT_ONCE = 16;

/** Makes all processes of containers stand still. One that does so already, or does not run, is refused. */
export async function pause(request: PauseRequest, settings: Settings): Promise<PauseResult> {
  checkRequest('pause', await import('../schema/operations/validate-pause.ts'), request);
  const place = await openWorkplace(settings);
  return tryEach(request.containers, (reference) => change(place, reference, 'pause'), { atOnce: AT_ONCE });
}

/** Lets all processes of containers go on that were paused. */
export async function resume(request: ResumeRequest, settings: Settings): Promise<ResumeResult> {
  checkRequest('resume', await import('../schema/operations/validate-resume.ts'), request);
  const place = await openWorkplace(settings);
  return tryEach(request.containers, (reference) => change(place, reference, 'resume'), { atOnce: AT_ONCE });
}

/**
 * Lets a container go on that is to hear a signal which was sent to it, as docker does; SIGKILL too, which
 * waits until then on some hosts. No effect on one that is not paused.
 */
export async function letHear(place: Workplace, state: ContainerState): Promise<void> {
  const { id, status, init } = await place.observe(state);
  const { resume } = await place.live(state.backend);
  if (status !== 'paused' || init === undefined || resume === undefined) return;
  await resume({ id, pid: init.pid });
  await ignoreGone(record(place, id, 'running'));
}

async function change(
  place: Workplace,
  reference: string,
  event: 'pause' | 'resume',
): Promise<ContainerName> {
  const id = await place.store.identify(reference);
  return place.store.exclusively(id, async () => {
    const found = await place.store.find(id);
    const state = await place.observe(isLeftStill(found) ? await letGoOn(place, found) : found);
    transition(state, event);
    await naming(`${event} "${state.name}"`, () =>
      event === 'pause' ? pauseOne(place, state) : resumeOne(place, state),
    );
    return { id, name: state.name };
  });
}

async function pauseOne(place: Workplace, state: ContainerState): Promise<void> {
  const { pause, resume } = await livePowers(place, state, 'pause');
  const container = liveContainer(state);
  await pause(container);
  try {
    const { status } = await record(place, state.id, 'paused');
    if (status !== 'paused') throw new ScError('SC_WRONG_STATE', 'it has ended in the meantime');
  } catch (error) {
    await resume(container);
    throw error;
  }
}

async function resumeOne(place: Workplace, state: ContainerState): Promise<void> {
  const { resume } = await livePowers(place, state, 'resume');
  await resume(liveContainer(state));
  await record(place, state.id, 'running');
}

/** One that has ended in the meantime stays as it is. */
function record(place: Workplace, id: string, status: 'running' | 'paused'): Promise<ContainerState> {
  const change = (now: ContainerState) => (now.status === 'stopped' ? now : { ...now, status });
  return place.store.update(id, change, VOLATILE);
}
