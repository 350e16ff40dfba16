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

/** The same numbers of users and groups. */
export function evenMaps(...ranges: readonly IdRange[]): IdMaps {
  return { uids: [...ranges], gids: [...ranges] };
}
