import { ScError } from '../errors/error.ts';

/** Words of a line, quotes and backslashes taken off as a Dockerfile has them. Throws SC_USAGE for a quote without an end. */
export function words(text: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    const next = text[at + 1];
    if (character === '\\' && quote !== "'" && next !== undefined) {
      word = `${word ?? ''}${next}`;
      at += 1;
    } else if (quote === '' && /\s/.test(character)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') throw new ScError('SC_USAGE', `a ${quote} has no end`);
  return word === undefined ? found : [...found, word];
}

/** `NAME=value OTHER="two words"`, or `NAME the rest of the line`. Throws SC_USAGE. */
export function keyValues(text: string): (readonly [key: string, value: string])[] {
  const [first = '', ...others] = words(text);
  if (!first.includes('=') && others.length > 0) return [[first, text.slice(first.length).trim()]];
  return [first, ...others].map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw new ScError('SC_USAGE', `"${word}" has no name and value with = between them`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}
