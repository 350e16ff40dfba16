import { visible } from '../errors/visible.ts';
import type { DiffResult } from '../schema/operations/diff.ts';

/** As docker has it, a line for each. No name may move the cursor or begin another line. */
export function describeDiff({ changes }: DiffResult): string {
  return changes
    .map(({ kind, path, pathBase64 = '' }) => {
      return `${kind} ${visible(path ?? Buffer.from(pathBase64, 'base64').toString())}`;
    })
    .join('\n');
}
