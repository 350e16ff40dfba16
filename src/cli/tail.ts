import { ScError } from '../errors/error.ts';

/** What `--tail` says: how many last lines, or `all`. */
export function readTail(text: string): number | 'all' {
  if (text === 'all' || text === '-1') return 'all';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ScError('SC_USAGE', `--tail: found "${text}"; expected a number of lines, or all`);
}
