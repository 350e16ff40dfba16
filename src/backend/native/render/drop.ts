import { ScError } from '../../../errors/error.ts';
import { capabilities, capabilityMask } from '../../../linux/capabilities.ts';
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAPBSET_DROP,
  PR_SET_NO_NEW_PRIVS,
  SECCOMP_SET_MODE_FILTER,
} from '../../../linux/constants.ts';
import { hostId } from '../../../linux/id-maps.ts';
import type { IdMaps } from '../../../schema/container-spec.ts';
import type { Identity } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { makeKnown } from '../recorder/mark.ts';
import { setCapabilities } from './capabilities.ts';
import type { ProgramView, RenderRequest } from './input.ts';

const LARGEST_ID = 2 ** 31 - 1;

/**
 * Becomes the user with the capabilities that are granted, and loads the system call filter: last where
 * no_new_privs is on, before the capabilities go where it is off (seccomp(2) asks for CAP_SYS_ADMIN then).
 */
export function dropPrivileges(
  p: ProgramBuilder,
  { container, identity, mark }: Pick<RenderRequest, 'container' | 'identity' | 'mark'>,
  host: Pick<ProgramView, 'seccompFilter' | 'lastCapability'>,
): { loadFilterLast: () => void } {
  const { noNewPrivileges } = container.security;
  const loadFilter = () => {
    // What follows passes the filter, so that a recorded one has to have it.
    if (mark !== undefined) makeKnown(p, mark);
    loadSeccomp(p, host.seccompFilter);
  };
  if (!noNewPrivileges) loadFilter();
  const granted = capabilityMask(container.security.capabilities);
  for (let number = 0; number <= host.lastCapability; number++) {
    if (granted & (1n << BigInt(number))) continue;
    p.call(
      `drop ${capabilities[number] ?? number} from the bounding set`,
      'prctl',
      PR_CAPBSET_DROP,
      number,
      0,
      0,
      0,
    );
  }
  p.call('clear the ambient capabilities', 'prctl', PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  become(p, identity, container.security.userNamespace);
  // Any other user has none; the inheritable ones of the caller would stay when uid 0 goes (CVE-2022-24769).
  setCapabilities(p, identity.uid === 0 ? granted : 0n);
  if (noNewPrivileges) p.call('set no_new_privs', 'prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return { loadFilterLast: () => noNewPrivileges && loadFilter() };
}

/** Always sets the groups, the primary one among them, so that none of the host's stays (CVE-2022-36109). */
function become(p: ProgramBuilder, { uid, gid, groups }: Identity, maps: IdMaps | undefined): void {
  const all = [...new Set([gid, ...groups])];
  for (const id of [uid, ...all]) checkId(id);
  if (maps) checkMapped(maps, uid, all);
  const list = p.struct(`[${all.join(', ')}]`, ...all.map((group) => [group, 4] as const));
  p.call('set the groups', 'setgroups', all.length, list);
  p.call(`become group ${gid}`, 'setresgid', gid, gid, gid);
  p.call(`become user ${uid}`, 'setresuid', uid, uid, uid);
}

/** To setresuid(2) 4294967296 is 0 and -1 is nobody else: either would stay root. */
function checkId(id: number): void {
  if (Number.isInteger(id) && id >= 0 && id <= LARGEST_ID) return;
  throw new ScError('SC_USAGE', `become user or group "${id}": it is no number from 0 to ${LARGEST_ID}`);
}

/** Throws SC_USAGE where somebody of these is nobody in a user namespace with these maps. */
export function checkMapped(maps: IdMaps, uid: number, groups: readonly number[]): void {
  const group = groups.find((id) => hostId(maps.gids, id) === undefined);
  const who =
    hostId(maps.uids, uid) === undefined ? `user ${uid}` : group === undefined ? undefined : `group ${group}`;
  if (who === undefined) return;
  throw new ScError('SC_USAGE', `become ${who}: the maps of the user namespace do not have it`, {
    hint: 'map it in security.userNamespace, or take the user namespace of the host (--userns host)',
  });
}

function loadSeccomp(p: ProgramBuilder, filter: Buffer | undefined): void {
  if (!filter) return;
  const instructions = filter.length / 8;
  const words = `filter of ${instructions} instructions`;
  const program = p.struct(words, [instructions, 2], [0, 2], [0, 4], [0, 8]);
  p.point(program, 8, p.bytes(words, filter));
  p.call('load the system call filter', 'seccomp', SECCOMP_SET_MODE_FILTER, 0, program);
}
