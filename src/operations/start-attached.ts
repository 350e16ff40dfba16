import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Attachment, LogTarget } from '../backend/backend.ts';
import { errorOf } from '../errors/fault.ts';
import { logFileName } from '../logging/layout.ts';
import { endOfLog } from '../logging/read-chunks.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { AttachRequest, AttachResult } from '../schema/operations/attach.ts';
import { attach, checkCaller, openAttachment } from './attach.ts';
import type { Caller } from './caller.ts';
import { logPlace, makeLog } from './log-place.ts';
import type { Settings } from './settings.ts';
import { start } from './start.ts';
import { stayAttached } from './stay-attached.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Starts a container and connects the caller with it as `attach` does, from its first byte on. One that runs
 * already is attached to. Errors are those of `start`, also as the failure of its one container, and of `attach`.
 */
export async function startAttached(
  request: AttachRequest,
  settings: Settings,
  caller: Caller,
): Promise<AttachResult> {
  const place = await openWorkplace(settings);
  const before = await place.observe(await place.store.find(request.container));
  checkCaller(request, before, caller, 'without -i');
  if (before.status === 'running' || before.status === 'paused') return attach(request, settings, caller);
  const log = logPlace(place.store, before);
  if (log.isVolatile) await place.store.exclusively(before.id, () => beginLog(place, before, log));
  const from = await endOfLog(log.directory);
  try {
    const { failures } = await start({ containers: [before.id] }, settings, caller);
    const [failure] = failures;
    if (failure !== undefined) throw errorOf(failure.error);
    const state = await place.store.find(before.id);
    const attachment = (await openAttachment(place, state)) ?? over;
    const beginning = { directory: log.directory, from, replay: undefined, isToStart: true };
    return await stayAttached(place, { state, attachment }, beginning, request, caller).finally(
      attachment.close,
    );
  } finally {
    from?.pair.close();
  }
}

/** A log that is removed with the end is there before the start, for who opens it. */
async function beginLog(place: Workplace, { id }: ContainerState, log: LogTarget): Promise<void> {
  const { status } = await place.observe(await place.store.find(id));
  if (status === 'running' || status === 'paused') return;
  makeLog(log);
  for (const kind of ['data', 'index'] as const)
    closeSync(openSync(join(log.directory, logFileName(kind, 0)), 'a', 0o600));
}

/** To a run that has ended before anybody could come: what it wrote and how it ended is there. */
const over: Attachment = {
  isAlive: () => false,
  exit: () => undefined,
  input: () => undefined,
  closeInput: () => undefined,
  terminal: () => undefined,
  relayRealTimeSignals: () => () => undefined,
  close: () => undefined,
};
