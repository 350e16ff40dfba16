import { existsSync } from 'node:fs';
import type { LogTarget } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { bootId } from '../linux/boot.ts';
import { logStreams } from '../logging/layout.ts';
import type { ChunkOptions } from '../logging/read-chunks.ts';
import { readLog } from '../logging/read-log.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { LogsRequest } from '../schema/operations/logs.ts';
import { dueRestart } from '../state/restarts.ts';
import { type Caller, say } from './caller.ts';
import { listenForEnd } from './interruption.ts';
import { type LogForm, LogOutput } from './log-output.ts';
import { logPlace } from './log-place.ts';
import { ensureAttended, ignoreGone } from './recover.ts';
import type { Settings } from './settings.ts';
import { parseTimeArgument } from './time-argument.ts';
import { openWorkplace, type Workplace } from './workplace.ts';
import { isTaken } from './write-all.ts';

const PURPOSE = 'read a log from or to';

/** Milliseconds between two times that somebody is called who starts the container again. */
const RESPITE = 5_000;

/** What can be wrong with a log. */
export const logTroubles = {
  lost: 'some of its log may have been rotated away before it was read',
  damaged: 'some of its log is damaged and left out',
} as const;

/** How the reading of a log has ended. */
export interface LogsOutcome {
  /** The signal that asked for the end before all was read. */
  interrupted?: string;
}

/**
 * Writes what a container has written to the streams of the caller, from its files: neither the container nor
 * the monitor has to live. With `follow` until it has stopped for good or is deleted; a monitor that is to start it
 * again is started where there is none. Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_STATE_*, SC_USAGE for a time that is none, and SC_UNSUPPORTED where nothing is kept.
 */
export async function logs(
  request: LogsRequest,
  form: LogForm,
  settings: Settings,
  caller: Caller,
): Promise<LogsOutcome> {
  const place = await openWorkplace(settings);
  const window = windowOf(request, Date.now());
  const state = await place.store.find(request.container);
  const log = logPlace(place.store, state);
  refuseWithoutLog(state, log);
  const directory = place.store.directory(state.id);
  const interruption = listenForEnd(caller);
  const output = new LogOutput(caller, form);
  try {
    const pieces = readLog(log.directory, {
      ...window,
      ...(request.follow && { follow: { isOver: endOf(place, state.id, caller), watch: [directory] } }),
      abort: interruption.abort,
      onTrouble: (trouble) => say(caller, `"${state.name}": ${logTroubles[trouble]}`),
    });
    for await (const some of pieces) if (!(await isTaken(output.write(some)))) break;
  } finally {
    interruption.stop();
  }
  const interrupted = interruption.signal();
  return interrupted === undefined ? {} : { interrupted };
}

function windowOf({ stream, tail, since, until }: LogsRequest, now: number): ChunkOptions {
  return {
    streams: stream === undefined ? [logStreams.stdout, logStreams.stderr] : [logStreams[stream]],
    ...(tail !== undefined && { tail }),
    ...(since !== undefined && { since: parseTimeArgument(since, now, PURPOSE) }),
    ...(until !== undefined && { until: parseTimeArgument(until, now, PURPOSE) }),
  };
}

function refuseWithoutLog({ name, detached }: ContainerState, { directory, isVolatile }: LogTarget): void {
  if (!isVolatile && (detached || existsSync(directory))) return;
  const why = isVolatile ? 'its logging driver is none' : 'what it wrote went to who ran it';
  throw new ScError('SC_UNSUPPORTED', `read the log of "${name}": nothing is kept, since ${why}`, {
    hint: 'run it with -d, and with --log-driver file',
  });
}

/**
 * Tells whether a container has ended: one that is gone has, and one that is to be started again has not, as long as
 * somebody is there who does. Where that was a monitor that is dead, another comes.
 */
function endOf(place: Workplace, id: string, caller: Caller): () => Promise<boolean> {
  let next = 0;
  return async () => {
    const recorded = await ignoreGone(place.store.find(id));
    if (recorded === undefined) return true;
    const state = await place.observe(recorded);
    if (state.status !== 'stopped' && state.status !== 'created') return false;
    if (dueRestart(state, bootId(), Date.now()) === undefined) return true;
    if (performance.now() < next) return false;
    next = performance.now() + RESPITE;
    return !(await ensureAttended(place, recorded, caller));
  };
}
