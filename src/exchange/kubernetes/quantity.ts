import { parseDuration } from '../../document/units.ts';
import type { Source } from './source.ts';

/** A size as Kubernetes writes it: the same units, and none for bytes. */
export function quantityOf(size: string): string {
  return size.replace(/B$/, '');
}

/** Processors in thousandths, which are the smallest part. */
export function processorsOf(cpus: number): string {
  return Number.isInteger(cpus) ? `${cpus}` : `${Math.ceil(Number((cpus * 1000).toFixed(6)))}m`;
}

/** Whole seconds, at least `least`; what is none is rounded up, and said. */
export function secondsOf(path: string, duration: string, source: Source, least = 0): number {
  const milliseconds = parseDuration(duration);
  const seconds = Math.max(least, Math.ceil(milliseconds / 1000));
  if (seconds * 1000 === milliseconds) source.take(path, duration);
  else source.note(path, `times are whole seconds: it is ${seconds}s`);
  return seconds;
}
