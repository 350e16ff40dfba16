import { closeSync, fstatSync, writeSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { declare } from '../../linux/libc.ts';
import { duplicateHigh, sealedMemfd } from '../../linux/memfd.ts';
import { pipe } from '../../linux/pipe.ts';
import { posixSpawnDetached } from '../../linux/posix-spawn.ts';
import type { Stdio } from '../backend.ts';
import type { Program } from './program/program.ts';
import { stageBytes } from './stage/stage.ts';

const waitpid = declare<[number, Buffer, number]>('int waitpid(int pid, void *status, int options)');

/** A process that walks a program of ours. */
export interface StageProcess {
  pid: number;
  /** Where it is heard. */
  report: number;
  /** Where it listens. */
  control: number;
}

/** Starts the stage with a program, on these streams. Throws with nothing left open. */
export function spawnStage(program: Program, stdio: Stdio): StageProcess {
  const ours: number[] = [];
  const theirs: number[] = [];
  try {
    // One for each keeper, which forbids that it is executed again.
    const stage = sealedMemfd('sc-stage', stageBytes());
    theirs.push(stage);
    const report = pipe();
    ours.push(report.read);
    theirs.push(report.write);
    const control = pipe();
    ours.push(control.write);
    theirs.push(control.read);
    const programFd = sealedMemfd('sc-program', program.bytes);
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
    hint: 'give a file, a pipe or a terminal as standard input, output and error',
  });
}

/** Where nobody listens any more the container has ended, and the news of it is on its way. */
export function tell(control: number, signal: number): void {
  try {
    writeSync(control, Buffer.from([signal]));
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
  }
}

/** A process that ignores SIGCHLD has no children to reap (wait(2)). */
export function reap(pid: number): void {
  try {
    waitpid(pid, Buffer.alloc(4), 0);
  } catch (error) {
    if (!isErrno(error, 'ECHILD')) throw error;
  }
}
