import { nearMisses } from '../../errors/near-misses.ts';
import { either, type Finding, inWords } from '../finding.ts';
import { type Check, joined, type Names, otherKinds, select, valueAt } from './check.ts';

export function namesOf(documents: readonly { value: unknown; file: string }[]): Names {
  const first = new Map<string, unknown>();
  const words = new Map<unknown, string>();
  const counts = new Map<string, number>();
  const isOne = new Set(documents.map(({ file }) => file)).size < 2;
  for (const { value, file } of documents) {
    const name = fullName(value);
    if (name !== undefined && !first.has(name)) first.set(name, value);
    const number = (counts.get(file) ?? 0) + 1;
    counts.set(file, number);
    words.set(value, `document ${number}${isOne ? '' : ` of ${file}`}`);
  }
  const values = documents.map(({ value }) => value);
  const circling = circlesAmong(values, first);
  return { first, circling, inWords: (document) => words.get(document) ?? '' };
}

export const nameChecks: readonly Check[] = [
  {
    name: 'names of one kind are unique in a file',
    run: (document, names) => {
      const earlier = names.first.get(fullName(document) ?? '');
      if (earlier === undefined || earlier === document) return [];
      const name = valueAt(document, 'metadata.name');
      return [{ path: 'metadata.name', message: `${names.inWords(earlier)} is named "${name}" too` }];
    },
  },
  {
    name: 'dependencies are containers and jobs of the file',
    run: (document, { first }) =>
      saidDependencies(document).flatMap(({ path, name }): Finding[] => {
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
      (names.circling.has(document) ? dependenciesOf(document) : []).flatMap(({ path, name }): Finding[] => {
        const way = wayTo(document, name, names, new Set());
        if (way === undefined) return [];
        const whole = [valueAt(document, 'metadata.name'), ...way];
        return [{ path, message: `it depends on itself: ${whole.join(' -> ')}` }];
      }),
  },
  {
    name: 'replicas have names of their own',
    run: (document, { first, inWords: wordsOf }) =>
      replicasOf(document).flatMap((name): Finding[] => {
        const other = first.get(`Container ${name}`);
        return other === undefined
          ? []
          : [{ path: 'replicas', message: `${wordsOf(other)} is named "${name}", as one of them` }];
      }),
  },
  {
    name: 'who needs one container names one',
    run: (document, { first }) =>
      usedBy(document).flatMap(({ path, name }): Finding[] => {
        if (valueAt(first.get(`Container ${name}`) ?? null, 'replicas') === undefined) return [];
        const message = `"${name}" has replicas, and there is no container of that name`;
        return [{ path, message, expected: `the name of one, such as "${name}-1"` }];
      }),
  },
  {
    name: 'a container is started or healthy, and a job completed',
    run: (document, { first }) =>
      select(document, 'dependsOn.*').flatMap(({ path, value }): Finding[] => {
        if (typeof value !== 'object') return [];
        const [name, condition] = [valueAt(value, 'name'), valueAt(value, 'condition')];
        const kind = valueAt(first.get(`Container ${name}`) ?? null, 'kind');
        const fitting = kind === 'Job' ? ['completed'] : ['started', 'healthy'];
        if (typeof condition !== 'string' || !['Job', 'Container'].includes(String(kind))) return [];
        if (fitting.includes(condition) || !conditions.includes(condition)) return [];
        const message = `found ${inWords(condition)}, and "${name}" is a ${kind}`;
        return [{ path: `${path}.condition`, message, expected: either(fitting.map(inWords)) }];
      }),
  },
];

const conditions = ['started', 'healthy', 'completed'];

function fullName(document: unknown): string | undefined {
  const name = valueAt(document, 'metadata.name');
  if (typeof name !== 'string') return undefined;
  return `${otherKinds.find((kind) => kind === valueAt(document, 'kind')) ?? 'Container'} ${name}`;
}

/** A container or job that comes before a document. */
export interface Dependency {
  /** Where it is said. */
  path: string;
  name: string;
  condition?: string;
}

/** What is said to come first, and the containers that the document is in the namespaces of, or that its steps name. */
export function dependenciesOf(document: unknown): Dependency[] {
  return [...saidDependencies(document), ...usedBy(document)];
}

function saidDependencies(document: unknown): Dependency[] {
  return select(document, 'dependsOn.*').flatMap(({ path, value }) => {
    if (typeof value === 'string') return [{ path, name: value }];
    const [name, condition] = [valueAt(value, 'name'), valueAt(value, 'condition')];
    if (typeof name !== 'string') return [];
    return [{ path: joined(path, 'name'), name, ...(typeof condition === 'string' && { condition }) }];
  });
}

/** Each with the form in which it names a container. */
const uses: readonly (readonly [path: string, form: RegExp])[] = [
  ['network.mode', /^container:(.+)$/],
  ['namespaces.*', /^container:(.+)$/],
  ['steps.*.run.network.mode', /^container:(.+)$/],
  ['steps.*.run.namespaces.*', /^container:(.+)$/],
  ['steps.*.copy.from', /^([^./:][^:]*):/],
  ['steps.*.copy.to', /^([^./:][^:]*):/],
  ['steps.*.*.container', /^(.+)$/],
];

function usedBy(document: unknown): Dependency[] {
  const own = valueAt(document, 'metadata.name');
  return uses.flatMap(([place, form]) =>
    select(document, place).flatMap(({ path, value }) => {
      const [, name] = typeof value === 'string' ? (form.exec(value) ?? []) : [];
      // That it is not in a namespace of its own is said elsewhere.
      return name === undefined || name === own ? [] : [{ path, name }];
    }),
  );
}

/** Names of the containers of a document that has several. */
function replicasOf(document: unknown): string[] {
  const [name, count] = [valueAt(document, 'metadata.name'), valueAt(document, 'replicas')];
  const isCount = typeof count === 'number' && count >= 0 && count <= 1000;
  return isCount ? Array.from({ length: count }, (_, index) => `${name}-${index + 1}`) : [];
}

/** What is left when all have been taken away that depend on nobody who is left. */
function circlesAmong(documents: readonly unknown[], first: ReadonlyMap<string, unknown>): Set<unknown> {
  const waitsFor = new Map<unknown, Set<unknown>>(
    documents.map((document) => {
      const names = dependenciesOf(document).map(({ name }) => first.get(`Container ${name}`));
      return [document, new Set(names.filter((found) => found !== undefined))];
    }),
  );
  const awaitedBy = new Map<unknown, unknown[]>();
  for (const [document, others] of waitsFor)
    for (const other of others) awaitedBy.set(other, [...(awaitedBy.get(other) ?? []), document]);
  const free = documents.filter((document) => waitsFor.get(document)?.size === 0);
  for (const document of free) {
    waitsFor.delete(document);
    for (const waiting of awaitedBy.get(document) ?? []) {
      const others = waitsFor.get(waiting);
      others?.delete(document);
      if (others?.size === 0) free.push(waiting);
    }
  }
  return new Set(waitsFor.keys());
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
