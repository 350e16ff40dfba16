import { ScError } from '../errors/error.ts';
import { parseId } from './accounts.ts';

/** A user or group as it was asked for: by number, which needs no file, or by name. */
export type Wanted = { id: number } | { name: string };

interface WantedIdentity {
  user: Wanted;
  group?: Wanted;
}

type Kind = 'user' | 'group';

const forms = {
  user: 'user, uid, user:group, uid:gid, uid:group or user:gid',
  group: 'the name of a group or its number',
} as const;

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

/** Reads one group, by name or number, with the errors of `parseUser`. */
export function parseGroupName(text: string): Wanted {
  if (text.includes(':')) throw refusal(text, 'it has more than one part', 'group');
  return parsePart('group', text, text, 'group');
}

function parsePart(kind: Kind, part: string, text: string, whole: Kind = 'user'): Wanted {
  if (part === '') throw refusal(text, `the ${kind} is empty`, whole);
  const id = parseId(part);
  if (id !== undefined) return { id };
  if (/^[-+]|^\d+$|^0x/i.test(part)) {
    throw refusal(text, `"${part}" is no decimal number from 0 to 2147483647`, whole);
  }
  return { name: part };
}

function refusal(text: string, why: string, kind: Kind = 'user'): ScError {
  return new ScError('SC_USAGE', `${kind} "${text}": ${why}`, { hint: `write ${forms[kind]}` });
}
