/**
 * The first key that an object of a text, which is JSON, has twice. RFC 8259 leaves open which of them counts: one
 * document would be two things to two readers.
 */
export function repeatedKey(text: string): string | undefined {
  /** Keys of the objects, and undefined for lists, in which this stands. */
  const open: (Set<string> | undefined)[] = [];
  let last = { from: 0, to: 0 };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      last = { from: at, to: endOfString(text, at) };
      at = last.to - 1;
    } else if (letter === '{') open.push(new Set());
    else if (letter === '[') open.push(undefined);
    else if (letter === '}' || letter === ']') open.pop();
    else if (letter === ':') {
      const key: string = JSON.parse(text.slice(last.from, last.to));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
