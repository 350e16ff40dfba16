/** What is wrong with a value, in the words of a problem. */
export interface Complaint {
  message: string;
  expected?: string;
  suggestion?: string;
}

/** What is wrong at a path of a document. */
export interface Finding extends Complaint {
  path: string;
  /** Whether the key is wrong, and not its value. */
  atKey?: boolean;
}

/** A value in the words of a problem: text in quotes, what is long cut off, a list or a map by its kind. */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

/** `a`, `a or b`, `a, b or c`. */
export function either(words: readonly string[], conjunction = 'or'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
