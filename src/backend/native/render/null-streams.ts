import { O_CLOEXEC, O_RDWR } from '../../../linux/constants.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { argumentOf, close, type Descriptor } from './mount-api.ts';

/**
 * Puts the container's own null device in the place of the host's: through a descriptor of that, its root could
 * change the owner and mode that the device has for everybody.
 */
export function replaceNullStreams(p: ProgramBuilder, dev: Descriptor, streams: readonly number[]): void {
  if (streams.length === 0) return;
  const words = 'take its own null device';
  const own = p.call(words, 'openat', argumentOf(dev), p.string('null'), O_RDWR | O_CLOEXEC);
  for (const stream of streams) p.call(words, 'dup3', { result: own }, stream, 0);
  close(p, own);
}
