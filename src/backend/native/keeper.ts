import { closeSync, writeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
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

/**
 * Starts a keeper with its program and resolves when the container's own program runs.
 * Throws what failed when everything that was made until then is gone again.
 */
export async function startKeeper(
  program: Program,
  stdio: Stdio,
  executed: string,
): Promise<ContainerHandle> {
  stage ??= sealedMemfd('sc-stage', stageBytes());
  const report = pipe();
  const control = pipe();
  const keeperPid = spawn(stage, program.bytes, stdio, report.write, control.read);

  const started = Promise.withResolvers<{ pid: number; terminal: number | undefined }>();
  let failure: ScError | undefined;
  let exit: ExitStatus | undefined;
  const gone = hearKeeper(report.read, (message) => {
    if (message.type === 'started') started.resolve(message);
    else if (message.type === 'failed')
      failure ??= failureOf(program, message.index, message.errno, executed);
    else exit = parseExitRecord(message.record)?.exit;
  });
  let open = true;
  const ended = gone.then((): ExitStatus => {
    open = false;
    closeSync(control.write);
    waitpid(keeperPid, Buffer.alloc(4), 0);
    started.reject(failure ?? new ScError('SC_START_FAILED', 'start the container: its keeper was killed'));
    return exit ?? { code: null, cause: 'unknown' };
  });

  const { pid, terminal } = await started.promise;
  return {
    pid,
    keeperPid,
    ...(terminal !== undefined && { terminal: descriptorOf(keeperPid, terminal) }),
    kill: (signal) => {
      if (open) writeSync(control.write, Buffer.from([signal]));
    },
    relayRealTimeSignals: () => relaySignals(realTimeSignals, control.write),
    wait: () => ended,
  };
}

function spawn(stage: number, program: Buffer, stdio: Stdio, report: number, control: number): number {
  const programFd = sealedMemfd('sc-program', program);
  const sources = [stdio.stdin, stdio.stdout, stdio.stderr, programFd, report, control];
  const descriptors: number[] = [];
  try {
    for (const source of sources) descriptors.push(duplicateHigh(source));
    return posixSpawnDetached({
      path: `/proc/self/fd/${stage}`,
      argv: ['sc-keeper'],
      environment: [],
      descriptors,
    });
  } finally {
    for (const fd of [...descriptors, programFd, report, control]) closeSync(fd);
  }
}
