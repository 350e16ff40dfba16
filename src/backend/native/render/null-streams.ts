import {
  AT_FDCWD,
  O_CLOEXEC,
  O_NOCTTY,
  O_RDWR,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
} from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Entry } from '../program/program.ts';
import { argumentOf, close, type Descriptor, openInRoot } from './mount-api.ts';
import { requireDevice } from './require.ts';

const words = 'take its own null device';

/**
 * Puts the container's own null device in the place of the host's: through a descriptor of that, its root could
 * change the owner and mode that the device has for everybody.
 */
export function replaceNullStreams(p: ProgramBuilder, dev: Descriptor, streams: readonly number[]): void {
  if (streams.length === 0) return;
  const own = p.call(words, 'openat', argumentOf(dev), p.string('null'), O_RDWR | O_CLOEXEC);
  put(p, own, streams);
}

/** The same in a container that runs, which may have put something else in the place of it. */
export function replaceNullStreamsOfRunning(p: ProgramBuilder, streams: readonly number[]): void {
  if (streams.length === 0) return;
  const hint = 'leave /dev/null of the container as it was at its start';
  const hints = { ENOENT: hint, ELOOP: hint, ENXIO: hint, EISDIR: hint, ENODEV: hint };
  const resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // Open for both a FIFO waits for nobody (fifo(7)).
  const own = openInRoot(p, words, AT_FDCWD, '/dev/null', { flags: O_RDWR | O_NOCTTY, resolve, hints });
  requireDevice(p, words, own, { major: 1, minor: 3 }, hints);
  put(p, own, streams);
}

function put(p: ProgramBuilder, own: Entry, streams: readonly number[]): void {
  for (const stream of streams) p.call(words, 'dup3', { result: own }, stream, 0);
  close(p, own);
}
