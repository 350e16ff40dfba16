import { closeSync, openSync } from 'node:fs';
import { errorOf } from '../../errors/fault.ts';
import * as library from '../../library/index.ts';
import type { FailedReference } from '../../schema/operations/many.ts';
import { dismissMonitor } from './dismiss-monitor.ts';
import type {
  ExecRequest,
  OneRequest as OneOfAll,
  Place,
  RunRequest as RunOfAll,
  Streams,
} from './requests.ts';
import { describeSc } from './sc-description.ts';
import { scOperations } from './sc-operations.ts';
import { ending, exitOf, placeOf, stateOf } from './sc-words.ts';
import type { Adapter } from './serve.ts';

type RunRequest = RunOfAll<object>;

interface OneRequest extends OneOfAll {
  condition?: 'stopped' | 'running' | 'paused' | 'healthy' | 'removed';
}

/** Bytes of each stream of a log: no case looks at more. */
const MOST_OUTPUT = 8 * 1024 * 1024;

/** sc with one of its backends, by the library in this process, so that no start of Node is waited for. */
export function scAdapter(backend: string): Adapter {
  const sc = new Sc(backend);
  return {
    describe: () => describeSc(sc.settings, sc.caller.self ?? []),
    operations: {
      begin: async ({ directory }: { directory: string }) => sc.begin(directory),
      end: async ({ directory }: { directory: string }) => sc.end(directory),
      run: (request: RunRequest) => sc.run(request),
      exec: (request: ExecRequest) => sc.exec(request),
      state: async ({ container }: OneRequest) => stateOf(await library.inspect({ container }, sc.settings)),
      list: () => sc.list(),
      wait: (request: OneRequest) => sc.wait(request),
      start: ({ container }: OneRequest) =>
        sc.many(library.start({ containers: [container] }, sc.settings, sc.caller)),
      restart: ({ container, ...how }: OneRequest) =>
        sc.many(library.restart({ containers: [container], ...ending(how) }, sc.settings, sc.caller)),
      stop: ({ container, ...how }: OneRequest) =>
        sc.many(library.stop({ containers: [container], ...ending(how) }, sc.settings, sc.caller)),
      kill: ({ container, signal }: OneRequest) =>
        sc.many(library.kill({ containers: [container], ...ending({ signal }) }, sc.settings)),
      pause: ({ container }: OneRequest) => sc.many(library.pause({ containers: [container] }, sc.settings)),
      resume: ({ container }: OneRequest) =>
        sc.many(library.resume({ containers: [container] }, sc.settings)),
      delete: ({ container, force = false }: OneRequest) =>
        sc.many(library.deleteContainers({ containers: [container], force }, sc.settings)),
      rename: async ({ container, to = '' }: OneRequest) =>
        void (await library.rename({ container, name: to }, sc.settings)),
      update: ({ container, resources = {} }: OneRequest) =>
        sc.many(library.update({ containers: [container], resources }, sc.settings)),
      logs: (request: OneRequest) => sc.logs(request),
      diff: async ({ container }: OneRequest) => ({
        changes: (await library.diff({ after: container }, sc.settings)).changes,
      }),
      commit: async ({ container, image = '' }: OneRequest) => ({
        ...(await library.commit({ container, name: image }, sc.settings, sc.caller)),
      }),
      copy: ({ from, to, ...how }: { from: Place; to: Place }) => sc.copy(from, to, how),
      call: ({ operation, request, streams }: { operation: string; request: object; streams: Streams }) =>
        sc.call(operation, request, streams),
    },
  };
}

class Sc {
  settings: library.Settings;
  /** Nobody, who hears and says nothing. */
  readonly caller = library.processCaller({
    stdin: openSync('/dev/null', 'r'),
    stdout: openSync('/dev/null', 'w'),
    stderr: openSync('/dev/null', 'w'),
    workingDirectory: '/',
    environment: {},
  });

  constructor(backend: string) {
    this.settings = library.defaultSettings({ backend });
  }

  /** Each case has a state directory of its own. */
  begin(directory: string): object {
    this.settings = { ...this.settings, root: directory };
    return { environment: { SC_ROOT: directory, SC_BACKEND: this.settings.backend } };
  }

  async end(directory: string): Promise<void> {
    const settings = { ...this.settings, root: directory };
    const { failures } = await library.deleteContainers({ force: true, volumes: true }, settings);
    await dismissMonitor(directory);
    refuseFailures(failures);
  }

  async run({ name, container, background, removeOnExit, streams }: RunRequest): Promise<object> {
    const kind = background ? 'Container' : 'Job';
    const document = { apiVersion: 'standard-container/v1', kind, metadata: { name }, ...container };
    const request = { document, directory: '/', ...(removeOnExit !== undefined && { removeOnExit }) };
    const answer = await this.#withStreams(streams, (caller) => library.run(request, this.settings, caller));
    if ('exit' in answer) return { id: answer.id, exit: exitOf(answer.exit) };
    // One that is deleted at its end may have ended already.
    const state = await library.inspect({ container: answer.id }, this.settings).catch(() => undefined);
    return { id: answer.id, ...(state?.init !== undefined && { pid: state.init.pid }) };
  }

  async exec({ streams, ...request }: ExecRequest): Promise<object> {
    const answer = await this.#withStreams(streams, (caller) =>
      library.exec({ ...request, stdin: true }, this.settings, caller),
    );
    return answer.exit === undefined ? {} : { exit: exitOf(answer.exit) };
  }

  async #withStreams<Result>(
    streams: Streams,
    operation: (caller: library.Caller) => Promise<Result>,
  ): Promise<Result> {
    const stdin = openSync(streams.stdin, 'r');
    const stdout = openSync(streams.stdout, 'a');
    const stderr = openSync(streams.stderr, 'a');
    try {
      return await operation(
        library.processCaller({ stdin, stdout, stderr, workingDirectory: '/', environment: {} }),
      );
    } finally {
      for (const descriptor of [stdin, stdout, stderr]) closeSync(descriptor);
    }
  }

  async list(): Promise<object> {
    const { containers } = await library.list({ all: true }, this.settings);
    return { containers: containers.map(stateOf) };
  }

  async wait({ container, condition, timeout }: OneRequest): Promise<object> {
    const request = {
      containers: [container],
      ...(condition && { condition }),
      ...(timeout !== undefined && { timeout }),
    };
    const { containers, failures } = await library.wait(request, this.settings, this.caller);
    refuseFailures(failures);
    const exit = containers[0]?.exit;
    return exit === undefined ? {} : { exit: exitOf(exit) };
  }

  async logs({ container }: OneRequest): Promise<object> {
    const { stdout, stderr } = await library.collectOutput(
      (caller) => library.logs({ container }, 'bytes', this.settings, caller),
      { limit: MOST_OUTPUT },
    );
    return { stdout: stdout.toString(), stderr: stderr.toString() };
  }

  async copy(from: Place, to: Place, how: object): Promise<void> {
    await library.copy(
      { source: placeOf(from), destination: placeOf(to), ...how },
      this.settings,
      this.caller,
    );
  }

  async call(operation: string, request: object, streams: Streams): Promise<object> {
    const perform = Object.hasOwn(scOperations, operation) ? scOperations[operation] : undefined;
    if (perform === undefined) throw new Error(`sc has no operation "${operation}"`);
    return this.#withStreams(streams, (caller) => perform(request as never, this.settings, caller));
  }

  async many(answer: Promise<{ failures: readonly FailedReference[] }>): Promise<void> {
    refuseFailures((await answer).failures);
  }
}

function refuseFailures([first]: readonly FailedReference[]): void {
  if (first !== undefined) throw errorOf(first.error);
}
