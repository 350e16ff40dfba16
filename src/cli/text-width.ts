import { windowSize } from '../linux/terminal.ts';
import type { CallerStream } from '../operations/caller.ts';

const NARROWEST = 40;
const WIDEST = 100;

/** Columns for running text: as many as the terminal has, within what can be read well; 80 where there is none. */
export function textWidth({ descriptor, terminal }: CallerStream): number {
  const columns = terminal ? windowSize(descriptor).columns : 80;
  return Math.min(Math.max(columns, NARROWEST), WIDEST);
}
