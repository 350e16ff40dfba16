import { ScError } from '../errors/error.ts';
import { parseId } from './accounts.ts';

/** A user or group as it was asked for: by number, which needs no file, or by name. */
export type Wanted = { id: number } | { name: string };

export interface WantedIdentity {
  user: Wanted;
  group?: Wanted;
}

/**
 * Reads one of six forms: user, uid, user:group, uid:gid, uid:group, user:gid. What begins like a number
 * is one and is never looked up as a name, or an image could make 1000 mean root (CVE-2016-3697).
 * Throws SC_USAGE for a number that is not decimal or above 2147483647, and for an empty part.
 */
export function parseUser(text: string): WantedIdentity {
  const [user = '', group, ...rest] = text.split(':');
  if (rest.length > 0) throw refusal(text, 'it has more than two parts');
  if (group === undefined) return { user: parsePart('user', user, text) };
  return { user: parsePart('user', user, text), group: parsePart('group', group, text) };
}

function parsePart(kind: 'user' | 'group', part: string, text: string): Wanted {
  if (part === '') throw refusal(text, `the ${kind} is empty`);
  const id = parseId(part);
  if (id !== undefined) return { id };
  if (/^[-+]|^\d+$|^0x/i.test(part)) {
    throw refusal(text, `"${part}" is no decimal number from 0 to 2147483647`);
  }
  return { name: part };
}

function refusal(text: string, why: string): ScError {
  return new ScError('SC_USAGE', `user "${text}": ${why}`, {
    hint: 'write user, uid, user:group, uid:gid, uid:group or user:gid',
  });
}
