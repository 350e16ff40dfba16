/**
 * Text as a terminal may be given it: control characters (C0, DEL and C1), with which a file's name or value
 * could move the cursor or retitle the window, are written as JSON writes them. A newline is one of them.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return short[code] ?? `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same of several lines, whose ends stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

const short: { readonly [code: number]: string } = { 9: '\\t', 10: '\\n', 13: '\\r' };
