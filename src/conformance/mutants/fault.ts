import { readFileSync, writeFileSync } from 'node:fs';
import { type Adapter, detailsOf, Refusal } from '../adapters/serve.ts';
import { withValueAt } from '../value-path.ts';

/** Requests and answers of the protocol, as docs/conformance.md has them. */
export type Words = { readonly [name: string]: unknown };

/** Makes a runtime with a fault of a sound one. */
export type Fault = (sound: Adapter) => Adapter;

/** Does an operation as the sound runtime would. */
export type Perform = (request: Words) => Promise<Words>;

/** All that can be asked of a runtime beside `begin` and `end`, which keep the host clean. */
export const operations: readonly string[] = [
  ...['run', 'exec', 'state', 'list', 'wait', 'start', 'restart', 'stop', 'kill', 'pause', 'resume'],
  ...['delete', 'rename', 'update', 'logs', 'diff', 'commit', 'copy', 'call'],
];

/** What a refusal ends with of a request that the suite has not made. */
const UNASKED = ', which the mutant alone has asked for';

/** Whether somebody was refused what only a mutant wants: that tells of the mutant, and shows nothing of its fault. */
export function isOfMutantAlone({ message }: { readonly message: string }): boolean {
  return message.endsWith(UNASKED);
}

/** Does these operations otherwise, as far as the runtime has them. */
export function instead(
  names: readonly string[],
  act: (request: Words, perform: Perform, operation: string) => Promise<Words>,
): Fault {
  return (sound) => {
    const others = names.flatMap((operation) => {
      const { [operation]: own } = sound.operations;
      if (own === undefined) return [];
      const faulty = (asked: Words) => {
        const perform: Perform = async (request) => {
          try {
            return ((await own(request as never)) ?? {}) as Words;
          } catch (error) {
            throw request === asked ? error : markedRefusal(error);
          }
        };
        return act(asked, perform, operation);
      };
      return [[operation, faulty] as const];
    });
    return { ...sound, operations: { ...sound.operations, ...Object.fromEntries(others) } };
  };
}

/** Of what nobody can ask for. Any other refusal may be what becomes of the fault. */
function markedRefusal(error: unknown): unknown {
  const { kind, message, ...more } = detailsOf(error);
  if (isOfMutantAlone({ message }) || (kind !== 'invalid' && kind !== 'unsupported')) return error;
  return new Refusal(kind, `${message}${UNASKED}`, more);
}

/** Asks the sound runtime for something else than it was asked for. */
export function asking(names: readonly string[], change: (request: Words) => Words): Fault {
  return instead(names, (request, perform) => perform(change(request)));
}

/** Answers something else than came of it. */
export function answering(names: readonly string[], change: (answer: Words) => Words): Fault {
  return instead(names, async (request, perform) => change(await perform(request)));
}

/** Makes containers with other values at these paths; null takes one away. */
export function otherContainers(values: { readonly [path: string]: unknown }): Fault {
  return asking(['run'], (request) =>
    Object.entries(values).reduce(
      (changed, [path, value]) => withValueAt(changed, `container.${path}`, value),
      request,
    ),
  );
}

/** Makes containers with mounts that have something else in them. */
export function otherMounts(change: object): Fault {
  return asking(['run'], (request) => {
    const { container } = request as { container: { mounts?: object[] } };
    const mounts = container.mounts?.map((mount) => ({ ...mount, ...change }));
    return mounts === undefined ? request : { ...request, container: { ...container, mounts } };
  });
}

/** Starts programs by lines of a shell, of which `"$@"` are the program's own words. */
export function throughShell(script: string): Fault {
  const through = (args: unknown) => ['/bin/sh', '-c', script, 'sh', ...(args as string[])];
  return asking(['run', 'exec'], (request) => {
    if (request.args !== undefined) return { ...request, args: through(request.args) };
    const { container } = request as { container?: { process?: { args?: unknown } } };
    const args = container?.process?.args;
    return args === undefined ? request : withValueAt(request, 'container.process.args', through(args));
  });
}

/** Starts programs by lines of a shell that may do anything in the container. Where they fail the program runs all the same. */
export function withEveryRight(script: string, more: { readonly [path: string]: unknown } = {}): Fault {
  return together(
    otherContainers({
      'security.userNamespace': 'host',
      'security.capabilities': { add: ['ALL'] },
      'security.seccomp': 'unconfined',
      ...more,
    }),
    throughShell(`${script}; exec "$@"`),
  );
}

/**
 * The same with a file of the machine, which is at /machine: no runtime that keeps a container to itself can be asked to
 * share.
 */
export function sharing(file: string, script: string): Fault {
  return withEveryRight(script, { mounts: [{ bind: file, target: '/machine' }] });
}

/** Has programs in the foreground write something else than they do. */
export function otherOutput(change: (text: string) => string): Fault {
  return instead(['run', 'exec'], async (request, perform) => {
    const answer = await perform(request);
    const { stdout } = request.streams as { stdout: string };
    writeFileSync(stdout, change(readFileSync(stdout, 'utf8')));
    return answer;
  });
}

/** Has lines of a shell for the runtime's command line, which are made of the words of the sound one; "$@" are the others. */
export function otherCommandLine(script: (sound: string) => string): Fault {
  return (sound) => ({
    ...sound,
    describe: async () => {
      const { command, ...description } = await sound.describe();
      return command === undefined
        ? description
        : { ...description, command: ['/bin/sh', '-c', script(command.map(quoted).join(' ')), 'sh'] };
    },
  });
}

/** The same for one of its commands. */
export function otherCommand(name: string, script: (sound: string) => string): Fault {
  return otherCommandLine((sound) => `test "$1" = ${name} || exec ${sound} "$@"\n${script(sound)}`);
}

/** Lines of a shell that take the words of a form out of "$@". */
export function withoutWords(pattern: string): string {
  return `for word; do shift; case $word in ${pattern}) ;; *) set -- "$@" "$word"; esac; done`;
}

/** Several faults are one. */
export function together(...faults: readonly Fault[]): Fault {
  return (sound) => faults.reduce((faulty, put) => put(faulty), sound);
}

/** A word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
