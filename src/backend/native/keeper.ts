import { closeSync, fstatSync, writeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { errnoOf } from '../../errors/reason.ts';
import { SIGKILL } from '../../linux/constants.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { declare } from '../../linux/libc.ts';
import { duplicateHigh, sealedMemfd } from '../../linux/memfd.ts';
import { descriptorOf } from '../../linux/pidfd.ts';
import { pipe } from '../../linux/pipe.ts';
import { posixSpawnDetached } from '../../linux/posix-spawn.ts';
import { relaySignals } from '../../linux/signal-relay/relay.ts';
import type { ExitStatus } from '../../schema/container-state.ts';
import type { ContainerHandle, Stdio } from '../backend.ts';
import { parseExitRecord } from './exit-record.ts';
import { failureOf } from './failure.ts';
import type { Program } from './program/program.ts';
import { hearKeeper } from './report.ts';
import { stageBytes } from './stage/stage.ts';

const waitpid = declare<[number, Buffer, number]>('int waitpid(int pid, void *status, int options)');

/** 32 and 33 are libc's own (nptl(7)). */
const realTimeSignals = Array.from({ length: 31 }, (_, index) => 34 + index);

let stage: number | undefined;

interface Keeper {
  pid: number;
  /** Where it is heard. */
  report: number;
  /** Where it listens. */
  control: number;
}

/**
 * Starts a keeper with its program and resolves when the container's own program runs.
 * Throws what failed when everything that was made until then is gone again. `cleanUp` does what a keeper
 * that is killed leaves undone.
 */
export async function startKeeper(
  program: Program,
  stdio: Stdio,
  executed: string,
  cleanUp: () => Promise<void>,
): Promise<ContainerHandle> {
  const keeper = spawn(program.bytes, stdio);
  const started = Promise.withResolvers<{ pid: number; terminal: number | undefined }>();
  let hasStarted = false;
  let failure: ScError | undefined;
  let end: { exit: ExitStatus | undefined } | undefined;
  const gone = hearKeeper(keeper.report, (message) => {
    if (message.type === 'started') {
      hasStarted = true;
      started.resolve(message);
    } else if (message.type === 'failed')
      failure ??= failureOf(program, message.index, message.errno, executed);
    else end = { exit: parseExitRecord(message.record)?.exit };
  });
  let open = true;
  let stopRelay = (): void => {};
  const ended = gone.then(async (): Promise<ExitStatus> => {
    open = false;
    stopRelay();
    closeSync(keeper.control);
    reap(keeper.pid);
    const undo = end ? [] : await failuresOf(cleanUp);
    if (!hasStarted) started.reject(failure ?? killed(undo));
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
    kill: (signal) => {
      if (open) tell(keeper.control, signal);
    },
    relayRealTimeSignals: () => {
      if (open) stopRelay = relaySignals(realTimeSignals, keeper.control);
      return stopRelay;
    },
    wait: () => ended,
  };
}

function spawn(program: Buffer, stdio: Stdio): Keeper {
  stage ??= sealedMemfd('sc-stage', stageBytes());
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    const report = pipe();
    ours.push(report.read);
    theirs.push(report.write);
    const control = pipe();
    ours.push(control.write);
    theirs.push(control.read);
    const programFd = sealedMemfd('sc-program', program);
    theirs.push(programFd);
    const sources = [stdio.stdin, stdio.stdout, stdio.stderr, programFd, report.write, control.read];
    const descriptors = sources.map((source) => {
      const descriptor = duplicateHigh(source);
      theirs.push(descriptor);
      return descriptor;
    });
    for (const stream of descriptors.slice(0, 3)) refuseDirectory(stream);
    const path = `/proc/self/fd/${stage}`;
    const pid = posixSpawnDetached({ path, argv: ['sc-keeper'], environment: [], descriptors });
    return { pid, report: report.read, control: control.write };
  } catch (error) {
    for (const fd of ours) closeSync(fd);
    throw error;
  } finally {
    for (const fd of theirs) closeSync(fd);
  }
}

/** Through a directory the container would reach all of its filesystem (openat(2), CVE-2024-21626). */
function refuseDirectory(stream: number): void {
  if (!fstatSync(stream).isDirectory()) return;
  throw new ScError('SC_USAGE', 'pass a directory of the host to the container as a standard stream', {
    hint: 'standard input, output and error are files, pipes or terminals',
  });
}

/** Takes the master from the keeper, or ends the container. */
async function take(terminal: number, keeper: Keeper, ended: Promise<ExitStatus>): Promise<number> {
  try {
    return descriptorOf(keeper.pid, terminal);
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

function killed(undo: readonly Error[]): ScError {
  return new ScError('SC_START_FAILED', 'start the container: its keeper was killed', { undo });
}

/** Where nobody listens any more the container has ended, and the news of it is on its way. */
function tell(control: number, signal: number): void {
  try {
    writeSync(control, Buffer.from([signal]));
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  }
}

/** A process that ignores SIGCHLD has no children to reap (wait(2)). */
function reap(pid: number): void {
  try {
    waitpid(pid, Buffer.alloc(4), 0);
  } catch (error) {
    if (!isErrno(error, 'ECHILD')) throw error;
  }
}
