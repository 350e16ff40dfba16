import { parseDuration } from '../document/units.ts';
import type { Namespaces } from '../schema/container-file.ts';
import type { ClockOffsets } from '../schema/container-spec.ts';
import type { Fields } from './fields.ts';

/** The clocks of a time namespace of the container's own, or undefined where it has the host's. */
export function compileClocks(
  { time, timeOffsets = {} }: Namespaces,
  fields: Fields,
): ClockOffsets | undefined {
  if (fields.take('namespaces.time', time, 'host') !== 'private') return undefined;
  const { monotonic, boottime } = timeOffsets;
  return {
    monotonic: fields.convert('namespaces.timeOffsets.monotonic', monotonic, 0, parseOffset),
    boottime: fields.convert('namespaces.timeOffsets.boottime', boottime, 0, parseOffset),
  };
}

function parseOffset(text: string): number {
  return text.startsWith('-') ? -parseDuration(text.slice(1)) : parseDuration(text);
}
