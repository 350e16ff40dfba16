import { ScError } from '../errors/error.ts';
import type { LimitedOperation, OperationName, OperationSupport } from '../schema/features.ts';
import type { Detaching, Executing, Explaining, LivePowers, Recording, Updating } from './backend.ts';

/** What a backend may have beside what each has, by the names of its members. */
type Powers = LivePowers & Partial<Detaching & Executing & Explaining & Recording & Updating>;

/** What an operation takes of a backend beside what each has, and what of it there is without that. */
interface Need extends LimitedOperation {
  members: readonly (keyof Powers)[];
}

function needs<Member extends keyof Powers>(reason: string, ...members: Member[]) {
  return { support: 'none', reason, members } as const;
}

const detaching = ['adopt', 'keeperGone', 'detach', 'leaveGroups'] as const;
const pausing = ['pause', 'resume', 'isPaused'] as const;
const still = 'its containers cannot be made to stand still';

/** Of each operation; undefined for what sc does by itself with the containers of every backend. */
const operations = {
  run: undefined,
  'run --detach': needs('its containers end with who started them', ...detaching),
  'run --record': needs('nobody sees what its containers do', 'record'),
  'plan --syscalls': needs('it does not say what it would do', 'explain'),
  start: needs('its containers end with who started them', ...detaching),
  restart: needs('its containers end with who started them', ...detaching),
  stop: undefined,
  kill: undefined,
  wait: undefined,
  delete: undefined,
  rename: undefined,
  exec: needs('no further programs are executed in its containers', 'execute'),
  attach: needs('the streams of its containers are those of who started them', 'attach'),
  logs: needs('a log is kept of what runs without who started it', ...detaching),
  pause: needs(still, ...pausing),
  resume: needs(still, ...pausing),
  top: needs('it does not say which processes are in a container', 'processes'),
  stats: needs('nobody counts what its containers take', 'usage'),
  update: needs('limits of a container that runs cannot be changed', 'update'),
  copy: undefined,
  diff: undefined,
  // One that is stopped, or with --no-pause.
  commit: { ...needs(still, ...pausing), support: 'some' },
} as const satisfies Record<OperationName, Need | undefined>;

type Table = typeof operations;
/** Those that not every backend has. */
type OptionalOperation = {
  [Name in OperationName]: Table[Name] extends Need ? Name : never;
}[OperationName];
type Able<Name extends OptionalOperation> = Required<Pick<Powers, Table[Name]['members'][number]>>;

/** What each operation takes of a backend beside what each has. */
export const membersByOperation: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(operations).map(([name, need]) => [name, need?.members ?? []]),
);

/** How far each operation can be done with the containers of a backend, by the members that it has. */
export function operationsOf(backend: Powers): Record<OperationName, OperationSupport> {
  const entries = Object.entries(operations).map(([name, need]): [string, OperationSupport] => {
    if (need === undefined || hasAll(backend, need)) return [name, { support: 'all' }];
    return [name, { support: need.support, reason: need.reason }];
  });
  return Object.fromEntries(entries) as Record<OperationName, OperationSupport>;
}

/** A backend that has all that an operation takes. Throws SC_UNSUPPORTED for another. */
export function ableTo<Name extends OptionalOperation, Given extends Powers>(
  operation: Name,
  backend: Given,
  name: string,
): Given & Able<Name> {
  const need: Need = operations[operation];
  if (isAble<Name, Given>(backend, need)) return backend;
  throw new ScError(
    'SC_UNSUPPORTED',
    `"${operation}" is not supported by backend "${name}": ${need.reason}`,
    {
      hint: `sc features --backend ${name} tells what is`,
    },
  );
}

function isAble<Name extends OptionalOperation, Given extends Powers>(
  backend: Given,
  need: Need,
): backend is Given & Able<Name> {
  return hasAll(backend, need);
}

function hasAll(backend: Powers, { members }: Need): boolean {
  return members.every((member) => backend[member] !== undefined);
}
