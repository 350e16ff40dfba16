import { closeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { SIGKILL } from '../../linux/constants.ts';
import { errnoName } from '../../linux/libc.ts';
import { descriptorOf } from '../../linux/pidfd.ts';
import { processReference } from '../../linux/process.ts';
import { realTimeSignals, relaySignals } from '../../linux/signal-relay/relay.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import type { ContainerHandle } from '../backend.ts';
import { parseExitRecord } from './exit-record.ts';
import { type Attempt, failureOf, killedFailure } from './failure.ts';
import type { Program } from './program/program.ts';
import { RELEASED } from './protocol.ts';
import { hearKeeper } from './report.ts';
import { reap, type StageProcess, spawnStage, tell } from './spawn.ts';
import type { Streams } from './streams.ts';

interface KeeperRequest {
  program: Program;
  streams: Streams;
  /** What it is given beside them. */
  held?: Parameters<typeof spawnStage>[2];
  /** For errors. */
  attempt: Attempt;
  /** Kills what was started, also while it is being set up. It has not come before that. */
  abort?: AbortSignal | undefined;
  /** Does what a keeper that is killed leaves undone. */
  cleanUp: () => Promise<void>;
  /** Does what no keeper can do, since it came after its start. */
  leave?: () => Promise<void>;
  /** See LaunchRequest. */
  hearLog?: (errno: number) => void;
}

/**
 * Starts a keeper with its program and resolves when the container's own program runs.
 * Throws what failed when everything that was made until then is gone again.
 */
export async function startKeeper({
  program,
  streams,
  held,
  attempt,
  abort,
  cleanUp,
  leave = async () => undefined,
  hearLog,
}: KeeperRequest): Promise<ContainerHandle> {
  const keeper = spawnStage(program, streams, held);
  const started = Promise.withResolvers<{ pid: number; terminal: number | undefined }>();
  let hasStarted = false;
  // Thousands of words, which nobody needs as long as the container lives.
  let walked: Program | undefined = program;
  let failure: ScError | undefined;
  let end: { exit: ExitStatus | undefined } | undefined;
  let leaving: PromiseWithResolvers<number> | undefined;
  let hasLeft = false;
  const gone = hearKeeper(keeper.report, (message) => {
    if (message.type === 'started') {
      hasStarted = true;
      walked = undefined;
      started.resolve(message);
    } else if (message.type === 'failed')
      failure ??= walked && failureOf(walked, message.index, message.errno, attempt);
    else if (message.type === 'log' && leaving !== undefined) {
      leaving.resolve(message.errno);
      hasLeft = message.errno === 0;
      // What it says from now on is for others.
      return hasLeft ? 'enough' : undefined;
    } else if (message.type === 'log') hearLog?.(message.errno);
    else end = { exit: parseExitRecord(message.record)?.exit };
  });
  let open = true;
  let stopRelay = (): void => {};
  const kill = (signal: number): void => {
    if (open) tell(keeper.control, signal);
  };
  const killAtOnce = () => kill(SIGKILL);
  abort?.addEventListener('abort', killAtOnce);
  const ended = gone.then(async (): Promise<ExitStatus> => {
    open = false;
    stopRelay();
    abort?.removeEventListener('abort', killAtOnce);
    closeSync(keeper.control);
    // Nobody here hears of the end.
    if (hasLeft) return new Promise(() => undefined);
    reap(keeper.pid);
    const undo = [...(end ? [] : await failuresOf(cleanUp)), ...(await failuresOf(leave))];
    if (!hasStarted) started.reject(failure ?? (end ? killedFailure(attempt) : keeperKilled(attempt, undo)));
    if (undo[0]) throw undo[0];
    return end?.exit ?? { code: null, cause: 'unknown' };
  });
  // Who waits hears of a failure to clean up; who only launches has heard of it already.
  ended.catch(() => undefined);

  const { pid, terminal } = await started.promise;
  const taken = terminal === undefined ? {} : { terminal: await take(terminal, keeper, ended) };
  return {
    pid,
    keeperPid: keeper.pid,
    ...taken,
    kill,
    relayRealTimeSignals: () => {
      if (open) stopRelay = relaySignals(realTimeSignals, keeper.control);
      return stopRelay;
    },
    release: () => {
      if (open) tell(keeper.control, RELEASED);
    },
    leave: async () => {
      leaving = Promise.withResolvers<number>();
      if (open) tell(keeper.control, RELEASED);
      const over = ended.then(nothing, nothing);
      const errno = await Promise.race([leaving.promise, over]);
      leaving = undefined;
      if (errno === undefined) return false;
      if (errno !== 0) throw logFailure(errnoName(errno));
      await gone;
      return true;
    },
    wait: () => ended,
  };
}

/** Takes the master from the keeper, or ends the container. */
async function take(terminal: number, keeper: StageProcess, ended: Promise<ExitStatus>): Promise<number> {
  try {
    return descriptorOf(processReference(keeper.pid), terminal);
  } catch (cause) {
    tell(keeper.control, SIGKILL);
    await ended;
    const errno = errnoOf(cause);
    const message = `take the terminal from the keeper: ${errno}`;
    throw new ScError('SC_START_FAILED', message, { cause, ...(errno !== undefined && { errno }) });
  }
}

async function failuresOf(action: () => Promise<void>): Promise<Error[]> {
  try {
    await action();
    return [];
  } catch (error) {
    return [error instanceof Error ? error : new Error(String(error))];
  }
}

function nothing(): undefined {
  return undefined;
}

function logFailure(errno: string): ScError {
  return new ScError('SC_SYSTEM_CALL', `begin the log: ${errno}`, { errno });
}

function keeperKilled({ words }: Attempt, undo: readonly Error[]): ScError {
  return new ScError('SC_START_FAILED', `${words}: its keeper was killed`, { undo });
}
