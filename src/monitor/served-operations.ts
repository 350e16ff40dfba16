import type { Caller } from '../operations/caller.ts';
import { tryEach } from '../operations/many.ts';
import type { Settings } from '../operations/settings.ts';
import type { DeleteRequest } from '../schema/operations/delete.ts';
import type { InspectRequest } from '../schema/operations/inspect.ts';
import type { KillRequest } from '../schema/operations/kill.ts';
import type { ListRequest } from '../schema/operations/list.ts';
import type { NamesRequest } from '../schema/operations/names.ts';
import type { PauseRequest } from '../schema/operations/pause.ts';
import type { RenameRequest } from '../schema/operations/rename.ts';
import type { RestartRequest } from '../schema/operations/restart.ts';
import type { ResumeRequest } from '../schema/operations/resume.ts';
import type { RunRequest } from '../schema/operations/run.ts';
import type { StartRequest } from '../schema/operations/start.ts';
import type { StatsRequest } from '../schema/operations/stats.ts';
import type { StopRequest } from '../schema/operations/stop.ts';
import type { TopRequest } from '../schema/operations/top.ts';
import type { UpdateRequest } from '../schema/operations/update.ts';
import type { WaitRequest } from '../schema/operations/wait.ts';
import type { Validator } from '../schema/validator.ts';
import type { NamesWhenAsked } from './names-when-asked.ts';
import type { Supervisor } from './supervisor.ts';

/** What operations are done with. */
export interface Means {
  supervisor: Supervisor;
  names: NamesWhenAsked;
  settings: Settings;
  caller: Caller;
}

interface Served {
  /** Loads the forms of its request and its result. */
  forms: () => Promise<{ validateRequest: Validator; validateResult: Validator }>;
  /** `abort` says that nobody waits for the result any more. */
  perform: (request: never, means: Means & { abort: AbortSignal }) => Promise<object>;
}

type ServedOperations = Readonly<Record<string, Served>>;

/** How many containers one call starts at the same time, and how many it ends before that. */
const AT_ONCE = 8;
const ENDS_AT_ONCE = 64;

/**
 * What the monitor does for who calls; each is loaded when it is asked for. Of these only start, restart and names have to be
 * done in it: commands of sc do the others themselves, so that they are done while it is dead or stopped; who drives sc
 * by the socket has all of them.
 */
export const servedOperations: ServedOperations = {
  run: {
    forms: () => import('../schema/operations/validate-run.ts'),
    perform: async (request: RunRequest, { supervisor, settings, caller }) => {
      const { runRequested } = await import('../operations/run-detached.ts');
      return runRequested(request, settings, caller, (id) => supervisor.start(id));
    },
  },
  start: {
    forms: () => import('../schema/operations/validate-start.ts'),
    perform: ({ containers }: StartRequest, { supervisor }) =>
      tryEach(containers, (reference) => supervisor.start(reference), { atOnce: AT_ONCE }),
  },
  restart: {
    forms: () => import('../schema/operations/validate-restart.ts'),
    // They spend their time with waiting for their ends.
    perform: ({ containers, ...how }: RestartRequest, { supervisor }) =>
      tryEach(containers, (reference) => supervisor.restart(reference, how), { atOnce: ENDS_AT_ONCE }),
  },
  names: {
    forms: () => import('../schema/operations/validate-names.ts'),
    perform: async ({ networks }: NamesRequest, { names }) => ({ servers: await names.serve(networks) }),
  },
  stop: {
    forms: () => import('../schema/operations/validate-stop.ts'),
    perform: async (request: StopRequest, { settings, caller }) =>
      (await import('../operations/stop.ts')).stop(request, settings, caller),
  },
  pause: {
    forms: () => import('../schema/operations/validate-pause.ts'),
    perform: async (request: PauseRequest, { settings }) =>
      (await import('../operations/pause.ts')).pause(request, settings),
  },
  resume: {
    forms: () => import('../schema/operations/validate-resume.ts'),
    perform: async (request: ResumeRequest, { settings }) =>
      (await import('../operations/pause.ts')).resume(request, settings),
  },
  kill: {
    forms: () => import('../schema/operations/validate-kill.ts'),
    perform: async (request: KillRequest, { settings }) =>
      (await import('../operations/kill.ts')).kill(request, settings),
  },
  wait: {
    forms: () => import('../schema/operations/validate-wait.ts'),
    perform: async (request: WaitRequest, { settings, abort }) =>
      (await import('../operations/wait.ts')).wait(request, settings, { abort }),
  },
  update: {
    forms: () => import('../schema/operations/validate-update.ts'),
    perform: async (request: UpdateRequest, { settings, caller }) =>
      (await import('../operations/update.ts')).update(request, settings, caller),
  },
  rename: {
    forms: () => import('../schema/operations/validate-rename.ts'),
    perform: async (request: RenameRequest, { settings }) =>
      (await import('../operations/rename.ts')).rename(request, settings),
  },
  delete: {
    forms: () => import('../schema/operations/validate-delete.ts'),
    perform: async (request: DeleteRequest, { settings }) =>
      (await import('../operations/delete.ts')).deleteContainers(request, settings),
  },
  list: {
    forms: () => import('../schema/operations/validate-list.ts'),
    perform: async (request: ListRequest, { settings }) =>
      (await import('../operations/list.ts')).list(request, settings),
  },
  inspect: {
    forms: () => import('../schema/operations/validate-inspect.ts'),
    perform: async (request: InspectRequest, { settings }) =>
      (await import('../operations/inspect.ts')).inspect(request, settings),
  },
  top: {
    forms: () => import('../schema/operations/validate-top.ts'),
    perform: async (request: TopRequest, { settings }) =>
      (await import('../operations/top.ts')).top(request, settings),
  },
  stats: {
    forms: () => import('../schema/operations/validate-stats.ts'),
    perform: async (request: StatsRequest, { settings }) => {
      const { stats } = await import('../operations/stats.ts');
      // Who wants to see it again asks again.
      for await (const answer of stats({ ...request, once: true }, settings)) return answer;
      return { time: new Date().toISOString(), usage: [] };
    },
  },
};
