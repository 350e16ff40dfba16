import type { Identity } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import { readRootedFile } from '../linux/rooted-file.ts';
import { type Account, type Group, parseGroup, parsePasswd } from './accounts.ts';
import { parseGroupName, parseUser, type Wanted } from './user.ts';

const LARGEST_FILE = 4 * 1024 * 1024;

/** NGROUPS_MAX (include/uapi/linux/limits.h): setgroups refuses more. */
const MOST_GROUPS = 65_536;

/**
 * Who `user` (see parseUser) is in a root filesystem, given as overlay's layers, topmost first.
 * A user without a group gets the group and the supplementary groups that the files name; a number that
 * no file knows has group 0 and the home directory `/`. A given group suppresses supplementary groups, but
 * not those that are asked for beside it in `additional`, by name or number.
 *
 * Throws SC_USAGE for a text that is no user, SC_NOT_FOUND for an unknown name, and SC_STORAGE_FAILED
 * where a directory, device or huge file stands in the place of /etc/passwd or /etc/group.
 */
export function resolveIdentity(
  user: string,
  layers: readonly string[],
  additional: readonly string[] = [],
): Identity {
  const wanted = parseUser(user);
  const account = findAccount(wanted.user, layers);
  const { uid } = account;
  const home = account.home.startsWith('/') ? account.home : '/';
  const gid = wanted.group === undefined ? account.gid : findGroup(wanted.group, layers);
  const own = wanted.group === undefined ? namedGroups(account, layers) : [];
  const beside = additional.map((text) => findGroup(parseGroupName(text), layers));
  const groups = [...new Set([...own, ...beside])].filter((group) => group !== gid);
  // The primary one is set among them.
  if (groups.length < MOST_GROUPS) return { uid, gid, groups, home };
  const many = `"/etc/group" puts it into ${groups.length + 1} groups, more than ${MOST_GROUPS}`;
  throw new ScError('SC_STORAGE_FAILED', `user "${user}": ${many}`);
}

function findAccount(wanted: Wanted, layers: readonly string[]): Account {
  const accounts = read('/etc/passwd', layers, parsePasswd);
  if ('name' in wanted) return findByName('user', wanted.name, '/etc/passwd', accounts, layers);
  return accounts?.find(({ uid }) => uid === wanted.id) ?? { name: '', uid: wanted.id, gid: 0, home: '/' };
}

function findGroup(wanted: Wanted, layers: readonly string[]): number {
  if ('id' in wanted) return wanted.id;
  const groups = read('/etc/group', layers, parseGroup);
  return findByName('group', wanted.name, '/etc/group', groups, layers).gid;
}

/** Those of which the group file makes the user a member. */
function namedGroups({ name }: Account, layers: readonly string[]): number[] {
  if (name === '') return [];
  const groups = read('/etc/group', layers, parseGroup) ?? [];
  return groups.filter(({ members }) => members.includes(name)).map(({ gid }) => gid);
}

function read<Entry>(path: string, layers: readonly string[], parse: (file: Buffer) => Entry[]) {
  const file = readRootedFile(layers, path, LARGEST_FILE);
  return file && parse(file);
}

/** The first line with this name, which is the one that the C library takes. */
function findByName<Entry extends Account | Group>(
  kind: 'user' | 'group',
  name: string,
  path: string,
  entries: readonly Entry[] | undefined,
  layers: readonly string[],
): Entry {
  const entry = entries?.find((each) => each.name === name);
  if (entry !== undefined) return entry;
  const names = new Set(entries?.map((each) => each.name));
  const missing = entries === undefined ? 'there is no such file' : `no such line${didYouMean(name, names)}`;
  throw new ScError(
    'SC_NOT_FOUND',
    `look for ${kind} "${name}" in "${path}" of the root filesystem "${layers.at(-1)}": ${missing}`,
    { hint: `a number needs no file, such as 0 for root` },
  );
}
