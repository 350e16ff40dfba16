import type { WindowSize } from '../linux/terminal.ts';

const HOME = '\x1b[H';
const CLEAR_SCREEN = '\x1b[2J';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/**
 * A text in place of the one before, on a whole terminal: each line over its predecessor, so that nothing flickers.
 * No setting of the terminal is changed, so that none has to be restored, however sc ends. What does not fit is cut
 * off: a line that is too long would be two.
 */
export function liveView(text: string, { rows, columns }: WindowSize, isFirst: boolean): string {
  const lines = text.replace(/\n$/, '').split('\n');
  // The cursor rests on the line below.
  const room = Math.max(1, rows - 1);
  const shown =
    lines.length <= room ? lines : [...lines.slice(0, room - 1), `... ${lines.length - room + 1} more`];
  return `${isFirst ? CLEAR_SCREEN : ''}${HOME}${drawn(shown, columns)}${CLEAR_BELOW}`;
}

/**
 * Lines in place of the `before` ones that were drawn last, where the cursor is, with what was there above them. Of
 * more than there is room for the last are shown.
 */
export function liveLines(
  lines: readonly string[],
  { rows, columns }: WindowSize,
  before: number,
): { text: string; count: number } {
  const shown = lines.slice(-Math.max(1, rows - 1));
  const up = before === 0 ? '' : `\x1b[${before}A`;
  return { text: `${up}${drawn(shown, columns)}${CLEAR_BELOW}`, count: shown.length };
}

function drawn(lines: readonly string[], columns: number): string {
  return lines.map((line) => `${[...line].slice(0, columns).join('')}${CLEAR_LINE}\n`).join('');
}
