import type { Caller } from '../operations/caller.ts';
import { tryEach } from '../operations/many.ts';
import type { Settings } from '../operations/settings.ts';
import type { RestartRequest } from '../schema/operations/restart.ts';
import type { StartRequest } from '../schema/operations/start.ts';
import type { StatsRequest } from '../schema/operations/stats.ts';
import type { Validator } from '../schema/validator.ts';
import type { Supervisor } from './supervisor.ts';

export interface Served {
  validateRequest: Validator;
  validateResult: Validator;
  /** `abort` says that nobody waits for the result any more. */
  perform: (request: never, abort: AbortSignal) => Promise<object>;
}

/** How many containers one call starts at the same time, and how many it ends before that. */
const AT_ONCE = 8;
const ENDS_AT_ONCE = 64;

/** Loads an operation by its name, none of the others. */
export type ServedOperations = Readonly<Record<string, () => Promise<Served>>>;

/**
 * What the monitor does for who calls. Of these only start and restart have to be done in it: commands of sc do the
 * others themselves, so that they are done while it is dead or stopped; who drives sc by the socket has all of them.
 */
export function servedOperations(
  supervisor: Supervisor,
  settings: Settings,
  caller: Caller,
): ServedOperations {
  return {
    start: async () => {
      const forms = await import('../schema/operations/validate-start.ts');
      return {
        validateRequest: forms.validateStartRequest,
        validateResult: forms.validateStartResult,
        perform: ({ containers }: StartRequest) =>
          tryEach(containers, (reference) => supervisor.start(reference), { atOnce: AT_ONCE }),
      };
    },
    restart: async () => {
      const forms = await import('../schema/operations/validate-restart.ts');
      return {
        validateRequest: forms.validateRestartRequest,
        validateResult: forms.validateRestartResult,
        // They spend their time with waiting for their ends.
        perform: ({ containers, ...how }: RestartRequest) =>
          tryEach(containers, (reference) => supervisor.restart(reference, how), { atOnce: ENDS_AT_ONCE }),
      };
    },
    stop: async () => {
      const forms = await import('../schema/operations/validate-stop.ts');
      const { stop } = await import('../operations/stop.ts');
      return {
        validateRequest: forms.validateStopRequest,
        validateResult: forms.validateStopResult,
        perform: (request) => stop(request, settings, caller),
      };
    },
    pause: async () => {
      const forms = await import('../schema/operations/validate-pause.ts');
      const { pause } = await import('../operations/pause.ts');
      return {
        validateRequest: forms.validatePauseRequest,
        validateResult: forms.validatePauseResult,
        perform: (request) => pause(request, settings),
      };
    },
    resume: async () => {
      const forms = await import('../schema/operations/validate-resume.ts');
      const { resume } = await import('../operations/pause.ts');
      return {
        validateRequest: forms.validateResumeRequest,
        validateResult: forms.validateResumeResult,
        perform: (request) => resume(request, settings),
      };
    },
    kill: async () => {
      const forms = await import('../schema/operations/validate-kill.ts');
      const { kill } = await import('../operations/kill.ts');
      return {
        validateRequest: forms.validateKillRequest,
        validateResult: forms.validateKillResult,
        perform: (request) => kill(request, settings),
      };
    },
    wait: async () => {
      const forms = await import('../schema/operations/validate-wait.ts');
      const { wait } = await import('../operations/wait.ts');
      return {
        validateRequest: forms.validateWaitRequest,
        validateResult: forms.validateWaitResult,
        perform: (request, abort) => wait(request, settings, { abort }),
      };
    },
    update: async () => {
      const forms = await import('../schema/operations/validate-update.ts');
      const { update } = await import('../operations/update.ts');
      return {
        validateRequest: forms.validateUpdateRequest,
        validateResult: forms.validateUpdateResult,
        perform: (request) => update(request, settings),
      };
    },
    rename: async () => {
      const forms = await import('../schema/operations/validate-rename.ts');
      const { rename } = await import('../operations/rename.ts');
      return {
        validateRequest: forms.validateRenameRequest,
        validateResult: forms.validateRenameResult,
        perform: (request) => rename(request, settings),
      };
    },
    delete: async () => {
      const forms = await import('../schema/operations/validate-delete.ts');
      const { deleteContainers } = await import('../operations/delete.ts');
      return {
        validateRequest: forms.validateDeleteRequest,
        validateResult: forms.validateDeleteResult,
        perform: (request) => deleteContainers(request, settings),
      };
    },
    list: async () => {
      const forms = await import('../schema/operations/validate-list.ts');
      const { list } = await import('../operations/list.ts');
      return {
        validateRequest: forms.validateListRequest,
        validateResult: forms.validateListResult,
        perform: (request) => list(request, settings),
      };
    },
    inspect: async () => {
      const forms = await import('../schema/operations/validate-inspect.ts');
      const { inspect } = await import('../operations/inspect.ts');
      return {
        validateRequest: forms.validateInspectRequest,
        validateResult: forms.validateInspectResult,
        perform: (request) => inspect(request, settings),
      };
    },
    top: async () => {
      const forms = await import('../schema/operations/validate-top.ts');
      const { top } = await import('../operations/top.ts');
      return {
        validateRequest: forms.validateTopRequest,
        validateResult: forms.validateTopResult,
        perform: (request) => top(request, settings),
      };
    },
    stats: async () => {
      const forms = await import('../schema/operations/validate-stats.ts');
      const { stats } = await import('../operations/stats.ts');
      return {
        validateRequest: forms.validateStatsRequest,
        validateResult: forms.validateStatsResult,
        // Who wants to see it again asks again.
        perform: async (request: StatsRequest) => {
          for await (const answer of stats({ ...request, once: true }, settings)) return answer;
          return { time: new Date().toISOString(), usage: [] };
        },
      };
    },
  };
}
