/** Lists and objects in one another: deeper ones we and others can read, and not all of us write again. */
const DEEPEST = 1000;

/**
 * Why a text, which is JSON, is no document of an image, in words behind its name: an object has a key twice, or it is
 * too deep. RFC 8259 leaves open which of two keys counts: one document would be two things to two readers.
 */
export function textFlaw(text: string): string | undefined {
  /** Keys of the objects, and undefined for lists, in which this stands. */
  const open: (Set<string> | undefined)[] = [];
  let last = { from: 0, to: 0 };
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      last = { from: at, to: endOfString(text, at) };
      at = last.to - 1;
    } else if (letter === '{' || letter === '[') {
      if (open.length === DEEPEST) return `it has more than ${DEEPEST} lists and objects in one another`;
      open.push(letter === '{' ? new Set() : undefined);
    } else if (letter === '}' || letter === ']') open.pop();
    else if (letter === ':') {
      const key: string = JSON.parse(text.slice(last.from, last.to));
      const keys = open.at(-1);
      if (keys?.has(key))
        return `it has ${JSON.stringify(key.slice(0, 150))} twice, and readers differ over which counts`;
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
