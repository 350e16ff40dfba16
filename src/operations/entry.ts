import type { ExecuteRequest, Executing } from '../backend/backend.ts';
import { ableTo } from '../backend/operations.ts';
import { ScError } from '../errors/error.ts';
import { naming } from '../errors/reason.ts';
import { resolveIdentity } from '../identity/resolve.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState, ProcessReference } from '../schema/container-state.ts';
import type { ExecRequest } from '../schema/operations/exec.ts';
import { transition } from '../state/transitions.ts';
import { containerEnvironment } from './environment.ts';
import type { Workplace } from './workplace.ts';

/** What is executed in a container, but for where. */
export type ExecProgram = Omit<ExecRequest, 'container' | 'detach'>;

/** What a backend is given to execute a program in a container, but for what comes from the caller. */
export interface Entry {
  backend: Executing;
  request: Omit<ExecuteRequest, 'stdio'>;
  /** Of the container. */
  keeper: ProcessReference | undefined;
}

/**
 * Looks up in a container that runs who the program is to be, and what else it takes. Throws SC_WRONG_STATE
 * where the container does not run, and the errors of resolveIdentity.
 */
export async function prepareExec(
  place: Workplace,
  recorded: ContainerState,
  program: ExecProgram,
): Promise<Entry> {
  const state = await place.observe(recorded);
  transition(state, 'exec');
  const { name, init, keeper, spec } = state;
  if (init === undefined) throw ended(name);
  const backend = await naming(`exec "${name}"`, async () =>
    ableTo('exec', await place.backend(state.backend), state.backend),
  );
  const container = withProgram(spec, program);
  const identity = await whileAlive(name, init, () => {
    const { user, additionalGroups } = container.process;
    return resolveIdentity(user, [`/proc/${init.pid}/root`], additionalGroups);
  });
  const environment = containerEnvironment(container, identity);
  return { backend, request: { container, init, identity, environment }, keeper };
}

/** What fails since the container has ended meanwhile is told as that. */
export async function whileAlive<Result>(
  name: string,
  init: ProcessReference,
  action: () => Result | Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await action();
  } catch (error) {
    const isOfContainer = error instanceof ScError && isSetUp.has(error.code);
    throw isOfContainer && !processIsAlive(init) ? ended(name, error) : error;
  }
  return result;
}

/** Codes of what goes wrong before the program is looked for. */
const isSetUp: ReadonlySet<string> = new Set(['SC_START_FAILED', 'SC_STORAGE_FAILED', 'SC_NOT_FOUND']);

function withProgram(
  spec: ContainerSpec,
  { args, user, environment, cwd, tty = false, stdin = false }: ExecProgram,
): ContainerSpec {
  return {
    ...spec,
    process: {
      ...spec.process,
      args,
      ...(user !== undefined && { user }),
      ...(cwd !== undefined && { cwd }),
    },
    environment: { ...spec.environment, ...environment },
    terminal: { ...spec.terminal, tty, stdin },
  };
}

function ended(name: string, cause?: unknown): ScError {
  return new ScError('SC_WRONG_STATE', `exec "${name}": it has ended`, { cause });
}
