import type { CopyResult } from '../schema/operations/copy.ts';
import { fileSize } from './quantity.ts';

/** One line of what was copied. */
export function copyWords({ entries, bytes }: CopyResult, destination: string): string {
  return `copied ${entries} ${entries === 1 ? 'entry' : 'entries'}, ${fileSize(bytes)}, to ${destination}`;
}
