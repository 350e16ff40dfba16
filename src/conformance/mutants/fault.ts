import type { Adapter } from '../adapters/serve.ts';
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

/** Does these operations otherwise, as far as the runtime has them. */
export function instead(
  names: readonly string[],
  act: (request: Words, perform: Perform, operation: string) => Promise<Words>,
): Fault {
  return (sound) => {
    const others = names.flatMap((operation) => {
      const { [operation]: own } = sound.operations;
      if (own === undefined) return [];
      const perform: Perform = async (request) => ((await own(request as never)) ?? {}) as Words;
      return [[operation, (request: never) => act(request, perform, operation)] as const];
    });
    return { ...sound, operations: { ...sound.operations, ...Object.fromEntries(others) } };
  };
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

/** Has lines of a shell for the runtime's command line, of which `"$@"` is the sound one. */
export function otherCommandLine(script: string): Fault {
  return (sound) => ({
    ...sound,
    describe: async () => {
      const { command, ...description } = await sound.describe();
      return command === undefined
        ? description
        : { ...description, command: ['/bin/sh', '-c', script, 'sh', ...command] };
    },
  });
}
