import type { Attachment } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { endOfLog } from '../logging/read-chunks.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { AttachRequest, AttachResult } from '../schema/operations/attach.ts';
import type { Caller } from './caller.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { livePowers } from './live-container.ts';
import { logPlace } from './log-place.ts';
import type { Settings } from './settings.ts';
import { type Beginning, stayAttached } from './stay-attached.ts';
import { refuseWithoutTerminal } from './terminal.ts';
import { parseTimeArgument } from './time-argument.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Connects the caller with a container that runs detached, until it ends or the caller leaves. Its output comes
 * from its log, so that it waits for no caller, and several get the same; the monitor is not needed.
 * Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_STATE_*, SC_USAGE, SC_UNSUPPORTED, and SC_WRONG_STATE for one that does not
 * run like this.
 */
export async function attach(
  request: AttachRequest,
  settings: Settings,
  caller: Caller,
): Promise<AttachResult> {
  const place = await openWorkplace(settings);
  const replay = replayOf(request, Date.now());
  const found = await place.store.find(request.container);
  const state = await place.observe(found.heldStill === undefined ? found : await letGoOn(place, found));
  checkAttachable(state);
  checkCaller(request, state, caller, 'with --no-stdin');
  const { directory } = logPlace(place.store, state);
  const attachment = await openAttachment(place, state);
  if (attachment === undefined) throw ended(state);
  const from = await endOfLog(directory);
  try {
    // Until here no later run has begun, so that what is behind that place is of this one.
    if (!attachment.isAlive()) throw ended(state);
    const beginning = { directory, from, replay, isToStart: false };
    return await stayAttached(place, { state, attachment }, beginning, request, caller);
  } finally {
    from?.pair.close();
    attachment.close();
  }
}

async function letGoOn(place: Workplace, state: ContainerState): Promise<ContainerState> {
  const { unlessLeftStill } = await import('./hold-still.ts');
  return unlessLeftStill(place, state);
}

function replayOf({ tail, since }: AttachRequest, now: number): Beginning['replay'] {
  if (tail === undefined && since === undefined) return undefined;
  return {
    ...(tail !== undefined && tail >= 0 && { tail }),
    ...(since !== undefined && { since: parseTimeArgument(since, now, 'show what was written since') }),
  };
}

/** Throws for what nobody can be attached to. */
function checkAttachable(state: ContainerState): void {
  const { name, status, detached } = state;
  if (status === 'running') {
    if (detached !== true)
      throw refused(state, 'it runs on the streams of the sc that started it', adviceOnForeground(state));
  } else if (status === 'paused') throw refused(state, 'it is paused', [`sc resume ${name}`]);
  else throw refused(state, `it is ${status}`, status === 'creating' ? [] : [`sc start --attach ${name}`]);
}

function adviceOnForeground({ spec }: ContainerState): string[] {
  const { tty, stdin, detachKeys } = spec.terminal;
  const keys = detachKeys.replaceAll(',', ' ');
  return [
    ...(tty && stdin && keys !== ''
      ? [`${keys} at that terminal, if sc run has started it: then it runs on in the background`]
      : []),
    'sc run -d starts one in the background',
  ];
}

/** Throws for who asks for what it cannot do; `without` says how to do without a terminal. */
export function checkCaller(
  { stdin = true, detachKeys }: AttachRequest,
  { spec }: ContainerState,
  caller: Caller,
  without: string,
): void {
  if (detachKeys !== undefined) parseDetachKeys(detachKeys);
  if (stdin) refuseWithoutTerminal(spec, caller, without);
}

/** Undefined where it has ended. Throws SC_UNSUPPORTED where its backend cannot. */
export async function openAttachment(
  place: Workplace,
  state: ContainerState,
): Promise<Attachment | undefined> {
  const { id, name, keeper } = state;
  const recordDirectory = place.store.directory(id);
  return naming(`attach to "${name}"`, async () => {
    const { attach } = await livePowers(place, state, 'attach');
    return keeper && attach({ keeper, recordDirectory });
  });
}

function ended(state: ContainerState): ScError {
  return refused(state, 'it has ended in the meantime', [`sc start --attach ${state.name}`]);
}

function refused({ name }: ContainerState, why: string, advice: readonly string[]): ScError {
  const hint = advice.join('\n');
  return new ScError('SC_WRONG_STATE', `attach to "${name}": ${why}`, hint === '' ? {} : { hint });
}
