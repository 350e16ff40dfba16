/** C1, DEL, and what turns the direction of writing or ends a line (Unicode Bidirectional Algorithm, "explicit"). */
const HIDDEN = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';
const inText = new RegExp(`[\\u0000-\\u001f${HIDDEN}]`, 'g');
const inJson = new RegExp(`[${HIDDEN}]`, 'g');

/**
 * Text as a terminal may be given it: control characters (C0, DEL and C1), with which a file's name or value
 * could move the cursor or retitle the window, and those that show it in another order than it has, are written as
 * JSON writes them. A newline is one of them.
 */
export function visible(text: string): string {
  return text.replace(inText, escaped);
}

/** The same of several lines, whose ends stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** A value as JSON that a terminal may be given too: of the control characters it knows C0 alone by itself. */
export function visibleJson(value: unknown, space?: number): string {
  return JSON.stringify(value, undefined, space).replace(inJson, escaped);
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return short[code] ?? `\\u${code.toString(16).padStart(4, '0')}`;
}

const short: { readonly [code: number]: string } = { 9: '\\t', 10: '\\n', 13: '\\r' };
