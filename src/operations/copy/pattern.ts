/**
 * Whether a name fits a pattern of a shell (glob(7)): `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is meant as it
 * is. Both have bytes as code units; `?` is a character of UTF-8, or a byte that is part of none.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  const words = parse(pattern);
  let [at, word] = [0, 0];
  /** Where to go on when what follows the last star does not fit: the star takes one more. */
  let retry: { at: number; word: number } | undefined;
  while (at < name.length || word < words.length) {
    const wanted = words[word];
    if (wanted === 'any') {
      retry = { at: at + 1, word };
      word++;
      continue;
    }
    const taken = wanted === undefined || at >= name.length ? 0 : wanted(name, at);
    if (taken > 0) {
      at += taken;
      word++;
    } else if (retry !== undefined && retry.at <= name.length) {
      at = retry.at;
      word = retry.word;
    } else {
      return false;
    }
  }
  return true;
}

/** Answers how many bytes it takes, 0 where it does not fit. */
type Word = 'any' | ((name: string, at: number) => number);

function parse(pattern: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    const set = character === '[' ? parseSet(pattern, at) : undefined;
    if (set !== undefined) {
      words.push(set.word);
      at = set.end;
    } else if (character === '*') {
      if (words.at(-1) !== 'any') words.push('any');
    } else if (character === '?') {
      words.push(characterLength);
    } else {
      const isEscape = character === '\\' && at + 1 < pattern.length;
      const literal = isEscape ? (pattern[++at] ?? '') : character;
      words.push((name, from) => (name[from] === literal ? 1 : 0));
    }
  }
  return words;
}

/** Undefined where the bracket is never closed, and means itself. */
function parseSet(pattern: string, start: number): { word: Word; end: number } | undefined {
  const isNegated = /[!^]/.test(pattern[start + 1] ?? '');
  const from = start + (isNegated ? 2 : 1);
  // A bracket that is the first in it is one of its characters.
  const end = pattern.indexOf(']', from + 1);
  if (end === -1) return undefined;
  const characters = charactersOf(pattern.slice(from, end));
  const has = (character: string) =>
    characters.some(([low, high]) => low <= character && character <= high) !== isNegated;
  const word: Word = (name, at) => {
    const length = characterLength(name, at);
    return has(name.slice(at, at + length)) ? length : 0;
  };
  return { word, end };
}

function charactersOf(text: string): [low: string, high: string][] {
  const ranges: [string, string][] = [];
  for (let at = 0; at < text.length; ) {
    const low = text.slice(at, at + characterLength(text, at));
    at += low.length;
    const isRange = text[at] === '-' && at + 1 < text.length;
    const high = isRange ? text.slice(at + 1, at + 1 + characterLength(text, at + 1)) : low;
    if (isRange) at += 1 + high.length;
    ranges.push([low, high]);
  }
  return ranges;
}

/** Bytes of a character of UTF-8, whose order is that of the characters. */
function characterLength(text: string, at: number): number {
  const [character = ''] =
    /^(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})/.exec(
      text.slice(at, at + 4),
    ) ?? [];
  return Math.max(1, character.length);
}
