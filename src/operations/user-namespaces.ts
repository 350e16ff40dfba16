import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AnyBackend } from '../backend/backend.ts';
import { type HostRange, hostRanges } from '../linux/host-ids.ts';
import { evenMaps } from '../linux/id-maps.ts';
import { kernelRelease } from '../linux/kernel.ts';
import { isAtLeast } from '../linux/kernel-version.ts';
import type { CompileOptions } from '../plan/compile.ts';
import type { TakenRanges } from '../state/ranges.ts';
import type { StorageDriver } from '../storage/driver.ts';
import { baseOf } from './base.ts';

/**
 * Users and groups of one container: as many as programs know, up to `nobody`. Ranges stand where systemd
 * has those of containers too (UIDS-GIDS.md). Those of /etc/subuid begin below and reach far into them, and
 * networks have people there.
 */
const SIZE = 65536;
const FIRST = 524288;
const COUNT = 28_000;

/** Whether and how containers can have user namespaces of their own, by this backend and storage. */
export function ownUserNamespaces(
  backend: AnyBackend,
  storage: StorageDriver,
  taken: TakenRanges,
): CompileOptions['userNamespace'] {
  const setsIpc = isAtLeast(kernelRelease(), '6.9');
  // Neither has another of the same plan, which is not recorded yet.
  const given = new Set<number>();
  const isTaken = (range: number) => given.has(range) || taken.isTaken(range);
  let ofHost: readonly HostRange[] | undefined;
  return ({ id, image, mounts }) => {
    ofHost ??= hostRanges();
    const host = freeRange(id, { ...taken, isTaken }, ofHost);
    given.add(host);
    const maps = evenMaps({ inside: 0, host, size: SIZE });
    const directories = storage.directories(baseOf(image)).map(existing);
    const trees = mounts.flatMap((mount) => (mount.type === 'bind' ? [existing(mount.source)] : []));
    if (backend.ownersObstacle === undefined)
      return { maps, setsIpc, obstacle: { reason: `backend "${backend.name}" has none`, isOfFile: false } };
    const reason = backend.ownersObstacle(directories, trees);
    if (reason === undefined) return { maps, setsIpc };
    const isOfFile = backend.ownersObstacle(directories, []) === undefined;
    return { maps, setsIpc, obstacle: { reason, isOfFile } };
  };
}

/**
 * The range that the ID leads to, or the next that no other container has, nor anybody of the host: who has the
 * same number as a process can kill it. Where there is none, the one that the ID leads to.
 */
export function freeRange(
  id: string,
  { isTaken, others }: TakenRanges,
  ofHost: readonly HostRange[] = [],
): number {
  const used = [...others, ...ofHost].filter(({ first, count }) => first + count > FIRST);
  const isFree = (range: number) =>
    !isTaken(range) && used.every(({ first, count }) => first + count <= range || range + SIZE <= first);
  const start = Number.parseInt(id.slice(0, 8), 16) % COUNT;
  for (let step = 0; step < COUNT; step++) {
    const range = FIRST + ((start + step) % COUNT) * SIZE;
    if (isFree(range)) return range;
  }
  return FIRST + start * SIZE;
}

/** What will stand in a missing directory stands on the filesystem of the one above. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
