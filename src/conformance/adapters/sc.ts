import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf } from '../../errors/fault.ts';
import * as library from '../../library/index.ts';
import { parseSignal } from '../../linux/signals.ts';
import { MonitorClient } from '../../protocol/client.ts';
import type { AdapterDescription, AdapterExit } from '../../schema/conformance-adapter.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { FailedReference } from '../../schema/operations/many.ts';
import { packageDirectory } from '../places.ts';
import type { Adapter } from './serve.ts';

/** Paths of files that are the standard streams of a program. */
interface Streams {
  stdin: string;
  stdout: string;
  stderr: string;
}

interface RunRequest {
  name: string;
  container: object;
  background: boolean;
  removeOnExit?: boolean;
  streams: Streams;
}

interface OneRequest {
  container: string;
  signal?: string | number;
  timeout?: number;
  condition?: 'stopped' | 'running' | 'paused' | 'healthy' | 'removed';
  force?: boolean;
  to?: string;
  image?: string;
  resources?: object;
}

interface ExecRequest {
  container: string;
  args: string[];
  user?: string;
  environment?: { [name: string]: string | null };
  cwd?: string;
  streams: Streams;
}

interface Place {
  container?: string;
  path: string;
}

type Operation = (request: never, settings: library.Settings, caller: library.Caller) => Promise<object>;

/** Every operation of the library by the name of its schema, for requests in its own form. */
const operations: { readonly [name: string]: Operation } = {
  run: library.run,
  exec: library.exec,
  start: library.start,
  restart: library.restart,
  stop: library.stop,
  kill: library.kill,
  wait: library.wait,
  pause: library.pause,
  resume: library.resume,
  rename: library.rename,
  update: library.update,
  delete: library.deleteContainers,
  inspect: library.inspect,
  list: library.list,
  top: library.top,
  copy: library.copy,
  diff: library.diff,
  commit: library.commit,
  features: library.features as Operation,
  'image-load': library.loadImages,
  'image-save': library.saveImages,
  'image-import': library.importImage,
  'image-export': library.exportRootFilesystem,
  'image-list': library.listImages,
  'image-inspect': library.inspectImage,
  'image-history': library.imageHistory,
  'image-tag': library.tagImage,
  'image-remove': library.removeImages,
  'image-prune': library.pruneImages,
  'image-verify': (request, settings) => library.verifyImages(request, settings),
  'volume-create': library.createVolume,
  'volume-list': library.listVolumes,
  'volume-inspect': library.inspectVolume,
  'volume-remove': library.removeVolumes,
  'volume-prune': library.pruneVolumes,
  'volume-export': library.exportVolume,
  'volume-import': library.importVolume,
  'volume-snapshot': library.snapshotVolume,
  validate: library.validate,
  plan: library.plan,
  apply: library.apply,
};

/** sc with one of its backends, by the library in this process, so that no start of Node is waited for. */
export function scAdapter(backend: string): Adapter {
  const sc = new Sc(backend);
  return {
    describe: () => sc.describe(),
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
      call: ({ operation, request }: { operation: string; request: object }) => sc.call(operation, request),
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

  /** Declares of fields what the backend does. */
  async describe(): Promise<AdapterDescription> {
    const { fields, lacking } = await library.features(this.settings);
    const { version } = JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8')) as {
      version: string;
    };
    const refused = Object.entries(fields).flatMap(([path, field]) => refusedOf(path, field));
    // Who is confined by nothing needs no AppArmor.
    const absent = lacking.map(({ path }) =>
      path === 'security.apparmor' ? `${path}=^(?!unconfined$)` : path,
    );
    const { backend } = this.settings;
    return {
      name: backend === 'native' ? 'sc' : `sc on ${backend}`,
      version,
      operations: [
        ...[
          'run',
          'exec',
          'state',
          'list',
          'wait',
          'start',
          'restart',
          'stop',
          'kill',
          'pause',
          'resume',
          'delete',
        ],
        ...['rename', 'update', 'logs', 'diff', 'commit', 'copy'],
      ],
      fields: ['*'],
      unsupported: [...refused, ...absent],
      features: ['requests', 'command-line', 'logs', 'restart'],
      command: [...(this.caller.self ?? [])],
    };
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
    const { stdout, stderr } = await library.collectOutput((caller) =>
      library.logs({ container }, 'bytes', this.settings, caller),
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

  async call(operation: string, request: object): Promise<object> {
    const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
    if (perform === undefined) throw new Error(`sc has no operation "${operation}"`);
    return perform(request as never, this.settings, this.caller);
  }

  async many(answer: Promise<{ failures: readonly FailedReference[] }>): Promise<void> {
    refuseFailures((await answer).failures);
  }
}

function refuseFailures([first]: readonly FailedReference[]): void {
  if (first !== undefined) throw errorOf(first.error);
}

/** Values of a field that the backend does not do. */
function refusedOf(path: string, field: library.FeaturesResult['fields'][string]): string[] {
  if (field.support === 'none') return [path];
  if (field.support !== 'some' || !('values' in field)) return [];
  const { values = [], beginnings = [] } = field;
  const escaped = (text: unknown) => String(text).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const done = [...values.map((value) => `${escaped(value)}$`), ...beginnings.map(escaped)];
  return done.length === 0 ? [] : [`${path}=^(?!${done.join('|')})`];
}

function ending({ signal, timeout }: { signal?: string | number | undefined; timeout?: number }) {
  return {
    ...(signal !== undefined && { signal: parseSignal(signal) }),
    ...(timeout !== undefined && { timeout }),
  };
}

function placeOf({ container, path }: Place) {
  return container === undefined
    ? ({ kind: 'host', path } as const)
    : ({ kind: 'container', container, path } as const);
}

function stateOf(state: ContainerState) {
  const { id, name, init, exit } = state;
  return {
    id,
    name,
    status: library.listedStatus(state),
    ...(init && { pid: init.pid }),
    ...(exit && { exit: exitOf(exit) }),
  };
}

function exitOf({ code, signal, cause }: NonNullable<ContainerState['exit']>): AdapterExit {
  return { code, ...(signal !== undefined && { signal }), cause };
}

/** Asks the monitor of a state directory to end now, and waits until it has gone. */
async function dismissMonitor(root: string): Promise<void> {
  const monitor = await MonitorClient.connect(root);
  if (monitor === undefined) return;
  await monitor.call('leave', {}, () => true);
  monitor.close();
  while (isAlive(monitor.greeting.pid)) await sleep(5);
}

/** Not one that has ended and that process 1 has not reaped yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
