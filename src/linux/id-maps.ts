import type { IdMaps, IdRange } from '../schema/container-spec.ts';

/** The number on the host of a user or group inside, or undefined where nobody stands for it. */
export function hostId(ranges: readonly IdRange[], inside: number): number | undefined {
  const range = ranges.find((range) => range.inside <= inside && inside < range.inside + range.size);
  return range === undefined ? undefined : range.host + inside - range.inside;
}

/** What is written to uid_map or gid_map: a line for each range (user_namespaces(7)). */
export function formatIdMap(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, host, size }) => `${inside} ${host} ${size}\n`).join('');
}

/** The largest number but one: the last stands for none (credentials(7)). */
const COUNT = 2 ** 32 - 1;

/**
 * The ranges with which two users change places and all others are who they are: `inside` owns what belongs
 * to `host`, and the other way round.
 */
export function exchange(inside: number, host: number): IdRange[] {
  const [first, second] = [Math.min(inside, host), Math.max(inside, host)];
  const range = (inside: number, host: number, size: number) => ({ inside, host, size });
  if (first === second) return [range(0, 0, COUNT)];
  return [
    range(0, 0, first),
    range(second, first, 1),
    range(first + 1, first + 1, second - first - 1),
    range(first, second, 1),
    range(second + 1, second + 1, COUNT - second - 1),
  ].filter(({ size }) => size > 0);
}

/**
 * What a user namespace has to hold for a mount to show its files so (mount_setattr(2), "ID-mapped mounts"):
 * who they belong to on the disk stands inside there, and on the host who that is for a container with these
 * ranges of its own. Whoever is not in those is nobody.
 */
export function mountRanges(wanted: readonly IdRange[], own: readonly IdRange[] = [everybody]): IdRange[] {
  return wanted.flatMap(({ inside, host: disk, size }) =>
    own.flatMap((range) => {
      const from = Math.max(inside, range.inside);
      const to = Math.min(inside + size, range.inside + range.size);
      if (from >= to) return [];
      return [{ inside: disk + from - inside, host: range.host + from - range.inside, size: to - from }];
    }),
  );
}

const everybody: IdRange = { inside: 0, host: 0, size: COUNT };

/** The same numbers of users and groups. */
export function evenMaps(...ranges: readonly IdRange[]): IdMaps {
  return { uids: [...ranges], gids: [...ranges] };
}
