import type { Finding } from '../finding.ts';
import { type Check, select, valueAt } from './check.ts';

/** Containers and jobs are both containers when they run, so they share their names. */
function nameOf(document: unknown): { name: string; kind: string } | undefined {
  const name = valueAt(document, 'metadata.name');
  const kind = valueAt(document, 'kind');
  if (typeof name !== 'string' || typeof kind !== 'string') return undefined;
  return { name, kind: kind === 'Job' ? 'Container' : kind };
}

export const nameChecks: readonly Check[] = [
  {
    name: 'names of one kind are unique in a file',
    run: (document, documents) => {
      const own = nameOf(document);
      if (own === undefined) return [];
      const earlier = documents.slice(0, documents.indexOf(document)).findIndex((other) => {
        const found = nameOf(other);
        return found?.name === own.name && found.kind === own.kind;
      });
      if (earlier === -1) return [];
      return [{ path: 'metadata.name', message: `document ${earlier + 1} is named "${own.name}" too` }];
    },
  },
  {
    name: 'dependencies are containers and jobs of the file',
    run: (document, documents) =>
      dependenciesOf(document).flatMap(({ path, name }): Finding[] => {
        if (findContainer(name, documents) !== undefined) return [];
        const known = documents.map(nameOf).filter((found) => found?.kind === 'Container');
        return [
          {
            path,
            message: `there is no container or job "${name}" in this file`,
            ...(known.length > 1 && { expected: `one of ${known.map((found) => found?.name).join(', ')}` }),
          },
        ];
      }),
  },
  {
    name: 'nothing depends on itself',
    run: (document, documents) =>
      dependenciesOf(document).flatMap(({ path, name }): Finding[] => {
        const way = wayTo(document, name, documents);
        if (way === undefined) return [];
        return [{ path, message: `it depends on itself: ${way.join(' -> ')}` }];
      }),
  },
];

function dependenciesOf(document: unknown): { path: string; name: string }[] {
  return select(document, 'dependsOn.*').flatMap(({ path, value }) =>
    typeof value === 'string' ? [{ path, name: value }] : [],
  );
}

function findContainer(name: string, documents: readonly unknown[]): unknown {
  return documents.find((document) => {
    const found = nameOf(document);
    return found?.name === name && found.kind === 'Container';
  });
}

/** The names from a dependency of `document` back to it, where they lead there. */
function wayTo(document: unknown, name: string, documents: readonly unknown[]): string[] | undefined {
  const seen = new Set<unknown>();
  const follow = (next: string): string[] | undefined => {
    const found = findContainer(next, documents);
    if (found === document) return [next];
    if (found === undefined || seen.has(found)) return undefined;
    seen.add(found);
    for (const { name: further } of dependenciesOf(found)) {
      const way = follow(further);
      if (way) return [next, ...way];
    }
    return undefined;
  };
  const way = follow(name);
  return way && [nameOf(document)?.name ?? '', ...way];
}
