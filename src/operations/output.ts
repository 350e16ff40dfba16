import { closeSync, fstatSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { isErrno } from '../linux/descriptor.ts';
import { isNullDevice } from '../linux/devices.ts';
import { pipe } from '../linux/pipe.ts';
import type { Beginning } from './beginning.ts';
import { type Caller, say } from './caller.ts';
import { copyChunks } from './copy-chunks.ts';
import { writeAll } from './write-all.ts';

/*
 *   caller's stdout, a pipe                    <--------------- 1 of the container
 *   caller's stdout, a file, terminal, socket  <-- sc -- pipe -- 1 of the container
 *
 * A pipe can be handed on: the container owns it, can open it anew as /dev/stdout, and reaches nothing by
 * it. Anything else is the host's: what opens it anew is refused, since nobody inside owns it, and who holds
 * it could change the owner of a file of the host or the settings of a terminal.
 */

/** Who hears what a program writes, beside the caller. */
export interface Listeners {
  stdout?: Beginning;
  stderr?: Beginning;
}

interface Relay {
  stdout: number;
  stderr: number;
  /** Closes what the container has a copy of now; without one nothing is relayed. */
  release(): void;
  /** Resolves when all is at the caller's that was written until the program was `over`. */
  done(over: Promise<unknown>): Promise<void>;
}

/**
 * Output of a container to the caller. What is one file to the caller is one pipe, so that its order stays; but a stream
 * that somebody listens to is one of its own, which goes through sc.
 */
export function relayOutput(caller: Caller, listeners: Listeners = {}): Relay {
  const [out, err] = [caller.stdout.descriptor, caller.stderr.descriptor];
  const ends = new Map<string, number>();
  const over = Promise.withResolvers<void>();
  const copies: Promise<void>[] = [];
  const through = (descriptor: number, name: 'stdout' | 'stderr'): number => {
    const stats = fstatSync(descriptor);
    const listener = listeners[name];
    if (isHandedOn(stats) && listener === undefined) return descriptor;
    const key = listener === undefined ? `${stats.dev} ${stats.ino} ${stats.rdev}` : name;
    const known = ends.get(key);
    if (known !== undefined) return known;
    const { read, write } = pipe();
    ends.set(key, write);
    const stream = new Socket({ fd: read, readable: true, writable: false });
    const complain = (reason: string) => say(caller, `write to ${name}: ${reason}`);
    copies.push(copy(stream, { descriptor, listener }, over.promise, complain));
    return write;
  };
  return {
    stdout: through(out, 'stdout'),
    stderr: through(err, 'stderr'),
    release: () => {
      for (const end of ends.values()) closeSync(end);
      ends.clear();
    },
    done: async (end) => {
      void end.finally(over.resolve).catch(() => undefined);
      await Promise.all(copies);
    },
  };
}

/** Pipes without a name, and the null device, which everybody may open. */
export function isHandedOn(stats: Stats): boolean {
  return (stats.isFIFO() && stats.dev === pipeDevice()) || isNullDevice(stats);
}

let device: number | undefined;

/** All pipes without a name are on one filesystem of the kernel's (pipefs). */
function pipeDevice(): number {
  if (device !== undefined) return device;
  const { read, write } = pipe();
  device = fstatSync(read).dev;
  for (const end of [read, write]) closeSync(end);
  return device;
}

/** Where nothing more can be written the container hears of it as from any closed pipe. */
async function copy(
  from: Socket,
  { descriptor, listener }: { descriptor: number; listener: Beginning | undefined },
  over: Promise<unknown>,
  complain: (reason: string) => void,
): Promise<void> {
  try {
    await copyChunks(
      from,
      (chunk) => {
        listener?.add(chunk);
        return writeAll(descriptor, chunk);
      },
      over,
    );
  } catch (error) {
    if (!isErrno(error, 'EPIPE') && !isErrno(error, 'EIO'))
      complain(error instanceof Error ? error.message : String(error));
  } finally {
    from.destroy();
  }
}
