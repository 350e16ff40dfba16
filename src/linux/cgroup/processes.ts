import { readdirSync, readFileSync } from 'node:fs';
import { isErrno } from '../descriptor.ts';

/**
 * The processes of a group and of the groups below it, which a container may have made, as they are numbered
 * for us; smallest first. None where there is no such group any more.
 */
export function processesOf(path: string): number[] {
  return [...new Set(numbers(path))].sort((left, right) => left - right);
}

function* numbers(path: string): Generator<number> {
  // A process of a pid namespace that is not below ours is 0 there.
  for (const line of unlessGone(() => readFileSync(`${path}/cgroup.procs`, 'utf8'))?.split('\n') ?? [])
    if (Number(line) > 0) yield Number(line);
  const below = unlessGone(() => readdirSync(path, { withFileTypes: true })) ?? [];
  for (const entry of below) if (entry.isDirectory()) yield* numbers(`${path}/${entry.name}`);
}

/** A threaded group of v2 tells of its threads alone; their processes are told above it (EOPNOTSUPP). */
function unlessGone<Answer>(look: () => Answer): Answer | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'EOPNOTSUPP', 'ENOTSUP'].some((errno) => isErrno(error, errno)))
      return undefined;
    throw error;
  }
}
