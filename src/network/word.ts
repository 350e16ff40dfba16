import { ScError } from '../errors/error.ts';

/**
 * A word as it stands in a file of words and lines. Throws SC_USAGE for one that would be read as another,
 * as more words or lines, or as a comment (hosts(5), resolv.conf(5)).
 */
export function fileWord(path: string, text: string): string {
  if (isFileWord(text)) return text;
  throw new ScError('SC_USAGE', `write ${JSON.stringify(text)} into "${path}": it is no single word`);
}

/** Whether it is a word there. */
export function isFileWord(text: string): boolean {
  return text !== '' && !/[\s\p{Cc}#;]/u.test(text);
}
