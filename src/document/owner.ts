import { ScError } from '../errors/error.ts';

/**
 * Numbers of a user and a group, which is that of the same number where it is not said. Throws SC_USAGE for names: a
 * volume has no users of its own among whom they could be looked up.
 */
export function parseOwner(text: string): { uid: number; gid: number } {
  const [user = '', group = user, ...rest] = text.split(':');
  const [uid = -1, gid = -1] = [user, group].map(numberOf);
  if (rest.length === 0 && uid >= 0 && gid >= 0) return { uid, gid };
  throw new ScError('SC_USAGE', `found "${text}", and a volume has no users of its own`, {
    hint: 'numbers up to 2147483647, such as 1000:1000, or root',
  });
}

function numberOf(word: string): number {
  if (word === 'root') return 0;
  const number = /^\d{1,10}$/.test(word) ? Number(word) : -1;
  return number < 2 ** 31 ? number : -1;
}
