import { closeSync, openSync } from 'node:fs';
import type { ContainerHandle, ExecuteRequest } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { parseSignal } from '../linux/signals.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ExecRequest, ExecResult } from '../schema/operations/exec.ts';
import { type Caller, say } from './caller.ts';
import { type Entry, prepareExec, whileAlive } from './entry.ts';
import { forwardSignals } from './forward-signals.ts';
import type { Settings } from './settings.ts';
import { type OnStreams, onStreams } from './streams.ts';
import { attend, refuseWithoutTerminal } from './terminal.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/**
 * Executes another program in a container that runs, on the streams of the caller, to whom it belongs: it ends
 * with the caller, unless it is detached. How it ends is a result. Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_STATE_*,
 * SC_USAGE, SC_WRONG_STATE for a container that does not run, SC_UNSUPPORTED for a backend that cannot,
 * SC_PROGRAM_NOT_FOUND and SC_NOT_EXECUTABLE.
 */
export async function exec(request: ExecRequest, settings: Settings, caller: Caller): Promise<ExecResult> {
  const { container: reference, detach = false, ...program } = request;
  refuseAttached(request);
  const place = await openWorkplace(settings);
  const state = await liveState(place, reference);
  const { id, name } = state;
  const entry = await prepareExec(place, state, program);
  if (detach) {
    await leaveAlone(entry);
    return { id, name };
  }
  refuseWithoutTerminal(entry.request.container, caller, 'without -t');
  return { id, name, exit: await executeFor(entry, caller) };
}

/** Most have not been made stand still by anybody, and need nothing of it. */
async function liveState(place: Workplace, reference: string): Promise<ContainerState> {
  const state = await place.store.find(reference);
  if (state.heldStill === undefined) return state;
  const { unlessLeftStill } = await import('./hold-still.ts');
  return unlessLeftStill(place, state);
}

/** Nobody types for a program that goes on alone, and nobody empties its terminal. */
function refuseAttached({ detach, stdin, tty }: ExecRequest): void {
  if (!detach || (!stdin && !tty)) return;
  const what = stdin ? 'standard input' : 'terminal';
  throw new ScError('SC_USAGE', `a detached program has no ${what}`, { hint: 'leave -i and -t out, or -d' });
}

async function leaveAlone(entry: Entry): Promise<void> {
  const nothing = openSync('/dev/null', 'r+');
  try {
    const stdio = { stdin: nothing, stdout: nothing, stderr: nothing };
    const { keeper } = entry;
    const handle = await execute(entry, { stdio, ...(keeper !== undefined && { keeper }) });
    handle.release();
  } finally {
    closeSync(nothing);
  }
}

async function executeFor(entry: Entry, caller: Caller): Promise<ExitStatus> {
  const { container } = entry.request;
  const starting = new AbortController();
  let hasStarted = false;
  let interrupted: string | undefined;
  const forwarding = forwardSignals(caller.signals, {
    onEnding: (signal) => {
      if (hasStarted) return;
      interrupted ??= signal;
      starting.abort();
    },
    onLastRequest: (signal) =>
      say(caller, `${signal} for the third time: the program in "${container.name}" is killed`),
  });
  const abort = AbortSignal.any([starting.signal, ...(caller.abort ? [caller.abort] : [])]);
  try {
    const program = await onStreams(caller, container.terminal, (streams) =>
      execute(entry, { ...streams, abort }),
    );
    hasStarted = true;
    forwarding.aim(program.handle);
    return await attendTo(program, entry, caller).finally(() => forwarding.rest());
  } catch (error) {
    if (interrupted === undefined || hasStarted) throw error;
    return { code: 128 + parseSignal(interrupted), signal: interrupted, cause: 'runner' };
  } finally {
    forwarding.stop();
  }
}

async function attendTo(
  { handle, written, stopInput }: OnStreams,
  { request }: Entry,
  caller: Caller,
): Promise<ExitStatus> {
  const stopRelay = handle.relayRealTimeSignals();
  try {
    const [exit] = await Promise.all([handle.wait(), attend(handle, caller, request.container), written()]);
    return exit;
  } finally {
    stopRelay();
    stopInput();
  }
}

type FromCaller = Pick<ExecuteRequest, 'stdio' | 'windowSize' | 'abort' | 'keeper'>;

function execute({ backend, request }: Entry, from: FromCaller): Promise<ContainerHandle> {
  const { container, init } = request;
  return whileAlive(container.name, init, () => backend.execute({ ...request, ...from }));
}
