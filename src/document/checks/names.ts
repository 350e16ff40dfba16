import { nearMisses } from '../../errors/near-misses.ts';
import { either, type Finding } from '../finding.ts';
import { type Check, type Names, otherKinds, select, valueAt } from './check.ts';

export function namesOf(documents: readonly unknown[]): Names {
  const first = new Map<string, unknown>();
  const numbers = new Map(documents.map((document, index) => [document, index + 1]));
  for (const document of documents) {
    const name = fullName(document);
    if (name !== undefined && !first.has(name)) first.set(name, document);
  }
  return { first, numberOf: (document) => numbers.get(document) ?? 0 };
}

export const nameChecks: readonly Check[] = [
  {
    name: 'names of one kind are unique in a file',
    run: (document, names) => {
      const earlier = names.first.get(fullName(document) ?? '');
      if (earlier === undefined || earlier === document) return [];
      const name = valueAt(document, 'metadata.name');
      return [
        { path: 'metadata.name', message: `document ${names.numberOf(earlier)} is named "${name}" too` },
      ];
    },
  },
  {
    name: 'dependencies are containers and jobs of the file',
    run: (document, { first }) =>
      dependenciesOf(document).flatMap(({ path, name }): Finding[] => {
        if (first.has(`Container ${name}`)) return [];
        const containers = [...first.keys()].filter((known) => known.startsWith('Container '));
        const near = nearMisses(
          name,
          containers.map((known) => known.slice('Container '.length)),
        );
        return [
          {
            path,
            message: `there is no container or job "${name}" in this file`,
            ...(near.length > 0 && { suggestion: either(near) }),
          },
        ];
      }),
  },
  {
    name: 'nothing depends on itself',
    run: (document, names) =>
      dependenciesOf(document).flatMap(({ path, name }): Finding[] => {
        const way = wayTo(document, name, names, new Set());
        if (way === undefined) return [];
        const whole = [valueAt(document, 'metadata.name'), ...way];
        return [{ path, message: `it depends on itself: ${whole.join(' -> ')}` }];
      }),
  },
];

function fullName(document: unknown): string | undefined {
  const name = valueAt(document, 'metadata.name');
  if (typeof name !== 'string') return undefined;
  return `${otherKinds.find((kind) => kind === valueAt(document, 'kind')) ?? 'Container'} ${name}`;
}

function dependenciesOf(document: unknown): { path: string; name: string }[] {
  return select(document, 'dependsOn.*').flatMap(({ path, value }) =>
    typeof value === 'string' ? [{ path, name: value }] : [],
  );
}

/** The names from a dependency back to `document`, where they lead there. */
function wayTo(document: unknown, name: string, names: Names, seen: Set<unknown>): string[] | undefined {
  const found = names.first.get(`Container ${name}`);
  if (found === document) return [name];
  if (found === undefined || seen.has(found)) return undefined;
  seen.add(found);
  for (const { name: next } of dependenciesOf(found)) {
    const way = wayTo(document, next, names, seen);
    if (way) return [name, ...way];
  }
  return undefined;
}
