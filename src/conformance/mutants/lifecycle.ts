import { dirname } from 'node:path';
import {
  asking,
  type Fault,
  instead,
  operations,
  otherCommand,
  otherCommandLine,
  throughShell,
  type Words,
} from './fault.ts';
import type { Mutants } from './mutant.ts';

/** Remembers the first answer about each container. */
const forgetsStates: Fault = (sound) => {
  const first = new Map<unknown, Words>();
  return instead(['state', 'list'], async ({ container }, perform) => {
    const answer = first.get(container) ?? (await perform(container === undefined ? {} : { container }));
    first.set(container, answer);
    return answer;
  })(sound);
};

/** Gives the second of a name another one, behind which it is found from then on. */
const takesNamesTwice: Fault = (sound) => {
  const taken = new Map<string, number>();
  const nameOf = (name: string) => `${name}${'x'.repeat((taken.get(name) ?? 1) - 1)}`;
  const withNames = instead(['run'], (request, perform) => {
    const name = String(request.name);
    taken.set(name, (taken.get(name) ?? 0) + 1);
    return perform({ ...request, name: nameOf(name) });
  });
  const others = operations.filter((operation) => !['run', 'list', 'copy', 'call'].includes(operation));
  return asking(others, (request) => ({ ...request, container: nameOf(String(request.container)) }))(
    withNames(sound),
  );
};

/** What becomes of a container from one operation to the next. */
export const lifecycle: Mutants = {
  liar: {
    fault: 'a run in the background is answered before the program is executed',
    put: (sound) => {
      const late = throughShell('sleep 600; exec "$@"')(sound).operations.run;
      const run = sound.operations.run;
      if (run === undefined || late === undefined) return sound;
      const either = (request: { background?: boolean }) =>
        (request.background === true ? late : run)(request as never);
      return { ...sound, operations: { ...sound.operations, run: either } };
    },
  },
  'stale-state': {
    fault: 'it tells of a container what it has told the first time, for ever',
    put: forgetsStates,
  },
  'duplicate-id-ok': {
    fault: 'a name that is taken can be taken again',
    put: takesNamesTwice,
  },
  'delete-anything': {
    fault: 'what runs is deleted without being forced to',
    put: asking(['delete'], (request) => ({ ...request, force: true })),
  },
  'paths-begin-elsewhere': {
    fault: 'relative paths of a document begin above the directory of the request',
    put: asking(['call'], ({ request, ...call }) => {
      const { directory, ...more } = request as { directory?: string };
      return { ...call, request: { ...more, ...(directory && { directory: dirname(directory) }) } };
    }),
  },
  'ignore-working-directory': {
    fault: 'relative paths of the command line begin in /',
    put: otherCommandLine((sound) => `cd / && exec ${sound} "$@"`),
  },
  'ignore-volume-top': {
    fault: "every volume of a container file is root's, with the usual mode",
    put: otherCommand('apply', (sound) => `sed -i '/^owner:/d; /^mode:/d' file.yaml; exec ${sound} "$@"`),
  },
  'pauses-nothing': {
    fault: 'what is paused goes on',
    put: instead(['pause'], async () => ({})),
  },
};
