import type { CopyPlace, CopyRequest } from '../../schema/operations/copy.ts';
import type { Caller } from '../caller.ts';
import type { Workplace } from '../workplace.ts';
import { withContainerRoot } from './container-root.ts';
import { closeRoot, openHost, type Root } from './root.ts';

interface Side {
  root: Root;
  path: Buffer;
}

/** Runs an action with the roots of both places, of which a tar has none. */
export async function withRoots<Result>(
  place: Workplace,
  caller: Caller,
  { source, destination }: CopyRequest,
  action: (from: Side | undefined, to: Side | undefined) => Promise<Result>,
): Promise<Result> {
  const ids = new Map<string, string>();
  for (const each of [source, destination])
    if (each.kind === 'container') ids.set(each.container, await place.store.identify(each.container));
  const host = openHost();
  try {
    // Each once, or overlay would be mounted twice on one directory; in one order, so that two do not wait for each other.
    return await withEach(place, [...new Set(ids.values())].sort(), new Map(), (roots) => {
      const side = (each: CopyPlace): Side | undefined => {
        if (each.kind === 'tar') return undefined;
        if (each.kind === 'host') return { root: host, path: hostPath(each.path, caller) };
        const root = roots.get(ids.get(each.container) ?? '');
        if (root === undefined) throw new Error('it was opened');
        return { root, path: Buffer.from(each.path) };
      };
      return action(side(source), side(destination));
    });
  } finally {
    closeRoot(host);
  }
}

async function withEach<Result>(
  place: Workplace,
  [id, ...others]: readonly string[],
  roots: Map<string, Root>,
  action: (roots: ReadonlyMap<string, Root>) => Promise<Result>,
): Promise<Result> {
  if (id === undefined) return action(roots);
  return withContainerRoot(place, id, (root) => withEach(place, others, roots.set(id, root), action));
}

/** Absolute, its end as it is: what that asks for would be lost with a path that is made plain. */
function hostPath(path: string, { workingDirectory }: Caller): Buffer {
  return Buffer.from(path.startsWith('/') ? path : `${workingDirectory}/${path}`);
}
