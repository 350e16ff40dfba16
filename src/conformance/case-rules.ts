import type { ConformanceCase, Step } from '../schema/conformance-case.ts';
import { namesIn } from './template.ts';
import { withValueAt } from './value-path.ts';

/** Keys of a step that say how, and not what. */
const manners = ['as', 'begin', 'within', 'expect'] as const;

export type Action = Exclude<keyof Step, (typeof manners)[number]>;

/** What may be done again and again until it shows what is expected. */
const repeatable: readonly Action[] = [
  'state',
  'list',
  'logs',
  'look',
  'process',
  'host',
  'neighbour',
  'cli',
  'diff',
  'exec',
  'caller',
  'held',
];

/** What stands for something in every case. */
const ownNames: readonly string[] = ['tmp', 'name', 'rootfs', 'state', 'token'];

/** What does so where there is another machine. */
const namesBesideNeighbour: readonly string[] = ['machine', 'neighbour'];

/** What a step does. */
export function actionOf(step: Step): Action {
  const [action] = actionsOf(step);
  if (action === undefined) throw new Error('a step does nothing');
  return action;
}

function actionsOf(step: Step): Action[] {
  return Object.keys(step).filter((key): key is Action => !(manners as readonly string[]).includes(key));
}

/** What is wrong with a case beyond its schema, in words. */
export function faultsOfCase(one: ConformanceCase): string[] {
  return [
    ...one.steps.flatMap((step, index) => faultsOfStep(step).map((fault) => `steps[${index}]: ${fault}`)),
    ...(one.steps.some(({ expect }) => expect !== undefined) ? [] : ['it expects nothing']),
    ...faultsOfNames(one),
    ...faultsOfContainers(one),
    ...faultsOfCallers(one),
    ...faultsOfNeighbour(one),
    ...faultsOfHolds(one),
    ...faultsOfControl(one),
  ];
}

function faultsOfStep(step: Step): string[] {
  const actions = actionsOf(step);
  const [action] = actions;
  if (action === undefined || actions.length > 1)
    return [actions.length === 0 ? 'it does nothing' : `it does several things: ${actions.join(', ')}`];
  const words = [step.run, step.exec].flatMap((program) => (program === undefined ? [] : [program]));
  const programs = words.map(({ args, script, probe }) =>
    [args, script, probe].filter((one) => one !== undefined),
  );
  return [
    ...(programs.some(({ length }) => length > 1) ? ['it has several of args, script and probe'] : []),
    ...(step.exec !== undefined && programs[0]?.length === 0 ? ['it executes nothing'] : []),
    ...(step.within !== undefined && step.expect === undefined ? ['it waits for no expectation'] : []),
    ...(step.within !== undefined && !repeatable.includes(action)
      ? [`"${action}" cannot be done again and again`]
      : []),
    ...(step.begin !== undefined && step.expect !== undefined
      ? ['what is only begun has no answer: expect it of the join']
      : []),
    ...(step.run?.background === true && step.run.stdin !== undefined
      ? ['what lives on alone has no input']
      : []),
  ];
}

/** Of all `<<NAME>>`, which nothing can stand for. */
function faultsOfNames({
  table = [],
  steps,
  container,
  containers,
  rootfs,
  files,
  neighbour,
}: ConformanceCase): string[] {
  const columns = table.flatMap((row) => Object.keys(row));
  const given = [...ownNames, ...(neighbour === true ? namesBesideNeighbour : [])];
  const known = new Set([...given, ...columns]);
  const faults: string[] = [];
  const look = (part: unknown, where: string) => {
    for (const name of namesIn(part))
      if (!known.has(name)) faults.push(`${where}: nothing stands for <<${name}>>`);
  };
  look([container, containers, rootfs, files], 'before the steps');
  for (const [index, step] of steps.entries()) {
    look(step, `steps[${index}]`);
    if (step.as !== undefined) known.add(step.as);
  }
  const odd = table.filter(
    (row) =>
      Object.keys(row).sort().join() !==
      Object.keys(table[0] ?? {})
        .sort()
        .join(),
  );
  const taken = given.filter((name) => columns.includes(name));
  return [
    ...faults,
    ...taken.map(
      (name) => `a column of its table has the name of <<${name}>>, which stands for something else`,
    ),
    ...(odd.length > 0 ? ['the rows of its table have different columns'] : []),
  ];
}

function faultsOfContainers({ containers = {}, steps }: ConformanceCase): string[] {
  const known = new Set(['main', ...Object.keys(containers)]);
  const named = steps.flatMap((step) =>
    Object.values(step).flatMap((part: unknown) => {
      const { container } = (typeof part === 'object' ? (part ?? {}) : {}) as { container?: unknown };
      return typeof container === 'string' ? [container] : [];
    }),
  );
  return [
    ...named.filter((name) => !known.has(name)).map((name) => `there is no container "${name}" in it`),
    ...('main' in containers ? ['the container "main" stands in `container`'] : []),
  ];
}

/** Of steps that do something in the place of who has begun a command line. */
function faultsOfCallers({ steps }: ConformanceCase): string[] {
  const begun = new Set<string>();
  return steps.flatMap(({ cli, begin, caller, within }) => {
    if (cli !== undefined && begin !== undefined) begun.add(begin);
    if (caller === undefined) return [];
    const { of, ...done } = caller;
    return [
      ...(begun.has(of) ? [] : [`no command line is begun as "${of}" before`]),
      ...(within !== undefined && Object.keys(done).length > 0
        ? ['"caller" cannot be done again and again where it does something']
        : []),
    ];
  });
}

function faultsOfNeighbour({ steps, neighbour }: ConformanceCase): string[] {
  const isAsked = steps.some((step) => step.neighbour !== undefined);
  return isAsked && neighbour !== true ? ['it asks another machine, and has no `neighbour: true`'] : [];
}

/** A step that waits for who is held would wait for nobody. */
function faultsOfHolds({ steps }: ConformanceCase): string[] {
  const begun = new Set<string>();
  return steps.flatMap(({ hold, held, release }) => {
    if (hold !== undefined) begun.add(hold);
    const file = held ?? release;
    return file === undefined || begun.has(file) ? [] : [`the file "${file}" is not held before`];
  });
}

function faultsOfControl(one: ConformanceCase): string[] {
  if (one.control === undefined) return [];
  try {
    const changed = controlOf(one);
    return JSON.stringify(changed) === JSON.stringify(one) ? ['its control is no other case'] : [];
  } catch (error) {
    return [`its control: ${(error as Error).message}`];
  }
}

/** The case without the property that it is about. */
export function controlOf(one: ConformanceCase): ConformanceCase {
  return Object.entries(one.control?.patch ?? {}).reduce(
    (changed, [path, value]) => withValueAt(changed, path, value),
    one,
  );
}
