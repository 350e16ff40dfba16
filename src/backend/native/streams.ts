import { fchmodSync, fchownSync, fstatSync } from 'node:fs';
import { ScError } from '../../errors/error.ts';
import { isNullDevice } from '../../linux/devices.ts';
import { hostId } from '../../linux/id-maps.ts';
import type { LaunchRequest, Stdio } from '../backend.ts';

/** Standard streams of a program, and who of the host is to own those that are pipes. */
export interface Streams extends Stdio {
  owner?: { uid: number; gid: number };
}

type Program = Pick<LaunchRequest, 'container' | 'identity' | 'stdio'>;

/** The streams of a container; with a terminal they are not used. */
export function streamsOf({ container, identity, stdio }: Program): Streams {
  const { uids = [], gids = [] } = container.security.userNamespace ?? {};
  const uid = uids.length > 0 ? hostId(uids, identity.uid) : identity.uid;
  const gid = gids.length > 0 ? hostId(gids, identity.gid) : identity.gid;
  if (container.terminal.tty || uid === undefined || gid === undefined) return stdio;
  return { ...stdio, owner: { uid, gid } };
}

/**
 * Those of a container that are the host's null device, where root inside owns it. In a user namespace of its
 * own nobody does.
 */
export function hostNullStreams({ container, stdio }: Pick<Program, 'container' | 'stdio'>): number[] {
  if (container.terminal.tty || container.security.userNamespace !== undefined) return [];
  const { stdin, stdout, stderr } = stdio;
  return [stdin, stdout, stderr].flatMap((stream, number) =>
    isNullDevice(fstatSync(stream)) ? [number] : [],
  );
}

/** Through a directory the container would reach all of its filesystem (openat(2), CVE-2024-21626). */
export function refuseDirectory(stream: number): void {
  if (!fstatSync(stream).isDirectory()) return;
  throw new ScError('SC_USAGE', 'pass a directory of the host to the container as a standard stream', {
    hint: 'give a file, a pipe or a terminal as standard input, output and error',
  });
}

/**
 * Lets the container open a pipe among its streams anew, as a shell does for `>/dev/stderr`: the kernel
 * then asks for rights as with any file (pipe(7) has none of its own). Everybody gets them, since programs
 * that become somebody else in between log there too, and who made the pipe has to keep them. Only those
 * who hold the pipe already can find it (proc_pid_fd(5)).
 *
 * Not so a FIFO, a file or a terminal: their owners and modes are the host's. `pipe` is any pipe.
 */
export function sharePipe(stream: number, pipe: number, owner: { uid: number; gid: number }): void {
  const stats = fstatSync(stream);
  if (!stats.isFIFO() || stats.dev !== fstatSync(pipe).dev) return;
  // In this order: who is not the owner any more could not without CAP_FOWNER.
  if ((stats.mode & 0o666) !== 0o666) fchmodSync(stream, 0o666);
  if (stats.uid !== owner.uid || stats.gid !== owner.gid) fchownSync(stream, owner.uid, owner.gid);
}
