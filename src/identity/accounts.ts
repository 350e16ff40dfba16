/** A line of /etc/passwd (passwd(5)). */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** A line of /etc/group (group(5)). */
export interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** No account of any system has a longer line; only groups of many members come near. */
const LONGEST_LINE = 65_536;

/** The largest number that a user or group can have: above it, 32-bit signed readers see negative ones. */
const LARGEST_ID = 2 ** 31 - 1;

/**
 * Reads a passwd file that nobody vouches for. A line that is no account is left out and never guessed
 * at: too many fields or too few, a number out of range, a NUL byte, a name that begins with `+` or `-`
 * (those ask for other sources, nsswitch.conf(5)). Trailing fields may be missing.
 */
export function parsePasswd(file: Buffer): Account[] {
  return lines(file).flatMap((line) => {
    const fields = line.split(':');
    const [name = '', , uid = '', gid = '', , home = ''] = fields;
    const ids = { uid: parseId(uid), gid: parseId(gid) };
    if (!isName(name) || fields.length > 7 || ids.uid === undefined || ids.gid === undefined) return [];
    return { name, uid: ids.uid, gid: ids.gid, home: isPlain(home) ? home : '' };
  });
}

/** Reads a group file that nobody vouches for, in the same way. */
export function parseGroup(file: Buffer): Group[] {
  return lines(file).flatMap((line) => {
    const fields = line.split(':');
    const [name = '', , number = '', members = ''] = fields;
    const gid = parseId(number);
    if (!isName(name) || fields.length > 4 || gid === undefined) return [];
    return { name, gid, members: members.split(',').filter((member) => member !== '') };
  });
}

/** A decimal number from 0 to 2147483647 without sign, leading zero or space; undefined for any other text. */
export function parseId(text: string): number | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const id = Number(text);
  return id <= LARGEST_ID ? id : undefined;
}

/** `+` and `-` before a name are no part of it, and `+::0:0:::` would make root of who is 0 by its number. */
function isName(text: string): boolean {
  return isPlain(text) && !/^[-+]/.test(text);
}

/** Fit to be shown on a terminal and to stand in an environment; bytes that are no UTF-8 have become U+FFFD. */
function isPlain(text: string): boolean {
  return text !== '' && !/[\p{Cc}\ufffd]/u.test(text);
}

function lines(file: Buffer): string[] {
  return file
    .toString('utf8')
    .split('\n')
    .filter((line) => line.length <= LONGEST_LINE && !line.includes('\0') && !line.startsWith('#'));
}
