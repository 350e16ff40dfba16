import { closeSync, writeSync } from 'node:fs';
import { isErrno } from '../../linux/descriptor.ts';
import { declare } from '../../linux/libc.ts';
import { duplicateHigh, sealedMemfd } from '../../linux/memfd.ts';
import { pipe } from '../../linux/pipe.ts';
import { posixSpawnDetached } from '../../linux/posix-spawn.ts';
import type { Program } from './program/program.ts';
import { stageBytes } from './stage/stage.ts';
import { refuseDirectory, type Streams, sharePipe } from './streams.ts';

const waitpid = declare<[number, Buffer, number]>('int waitpid(int pid, void *status, int options)');

/** A process that walks a program of ours. */
export interface StageProcess {
  pid: number;
  /** Where it is heard. */
  report: number;
  /** Where it listens. */
  control: number;
}

/**
 * Starts the stage with a program, on these streams. `more` get the descriptors behind those of every keeper,
 * from 6 on; they stay the caller's too. Throws with nothing left open.
 */
export function spawnStage(
  program: Program,
  streams: Streams,
  more: (own: { report: number }) => readonly number[] = () => [],
): StageProcess {
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
    const sources = [streams.stdin, streams.stdout, streams.stderr, programFd, report.write, control.read];
    const descriptors = [...sources, ...more({ report: report.read })].map((source) => {
      const descriptor = duplicateHigh(source);
      theirs.push(descriptor);
      return descriptor;
    });
    for (const stream of descriptors.slice(0, 3)) {
      refuseDirectory(stream);
      if (streams.owner) sharePipe(stream, report.read, streams.owner);
    }
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
