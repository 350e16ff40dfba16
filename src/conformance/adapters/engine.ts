import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { AdapterDescription, AdapterExit } from '../../schema/conformance-adapter.ts';
import {
  type EngineContainer,
  engineFields,
  engineLacks,
  optionsOf,
  updateOptionsOf,
} from './engine-options.ts';
import { EngineProgram, refusalOf } from './engine-program.ts';
import { removeGroups } from './remove-groups.ts';
import type { ExecRequest, OneRequest, Place, RunRequest } from './requests.ts';
import { type Adapter, Refusal } from './serve.ts';

/** How an engine has it, by what the specification calls it. */
const statuses: { readonly [status: string]: string } = {
  configured: 'created',
  initialized: 'created',
  exited: 'stopped',
  dead: 'stopped',
};

/** Exit code of who was killed by SIGKILL. */
const KILLED = 137;

interface Inspected {
  Id: string;
  State: { Status: string; Pid: number; ExitCode: number; OOMKilled?: boolean; Error?: string };
}

/**
 * podman and docker by the command line that they have in common. Root filesystems become images of theirs. podman
 * keeps nothing beside the attempt; docker is the daemon that its command line finds.
 */
export function engineAdapter(program: string): Adapter {
  const engine = new Engine(program);
  const one =
    (...words: string[]) =>
    ({ container }: OneRequest) =>
      engine.succeed(...words, container);
  return {
    describe: () => engine.describe(),
    operations: {
      begin: async (request: { directory: string; token: string }) => engine.begin(request),
      end: (request: { directory: string; token: string }) => engine.end(request),
      run: (request: RunRequest<EngineContainer>) => engine.run(request),
      exec: (request: ExecRequest) => engine.exec(request),
      state: ({ container }: OneRequest) => engine.state(container),
      list: () => engine.list(),
      wait: (request: OneRequest) => engine.wait(request),
      start: one('start'),
      pause: one('pause'),
      resume: one('unpause'),
      stop: (request: OneRequest) => engine.succeed('stop', ...engine.ending(request), request.container),
      restart: (request: OneRequest) =>
        engine.succeed('restart', ...engine.ending(request), request.container),
      kill: ({ container, signal }: OneRequest) =>
        engine.succeed('kill', ...(signal === undefined ? [] : ['--signal', String(signal)]), container),
      delete: ({ container, force = false }: OneRequest) => engine.delete(container, force),
      rename: ({ container, to = '' }: OneRequest) => engine.succeed('rename', container, to),
      update: ({ container, resources = {} }: OneRequest) =>
        engine.succeed('update', ...updateOptionsOf(resources), container),
      logs: ({ container }: OneRequest) => engine.logs(container),
      diff: ({ container }: OneRequest) => engine.diff(container),
      commit: async ({ container, image = '' }: OneRequest) => ({
        id: await engine.call('commit', container, image),
      }),
      copy: (request: { from: Place; to: Place; archive?: boolean }) => engine.copy(request),
    },
  };
}

class Engine {
  readonly #program: EngineProgram;
  #token = '';
  #runs = 0;
  readonly #images = new Map<string, Promise<string>>();

  constructor(program: string) {
    this.#program = new EngineProgram(program);
  }

  async describe(): Promise<AdapterDescription> {
    // Of docker it is the daemon that runs containers.
    const { name, isPodman } = this.#program;
    const args = isPodman ? ['--version'] : ['version', '--format', '{{.Server.Version}}'];
    const version = await this.call(...args);
    const help = await this.call('stop', '--help');
    return {
      name,
      version: version.split(' ').at(-1) ?? 'unknown',
      operations: [
        ...['run', 'exec', 'state', 'list', 'wait', 'start', 'restart', 'stop', 'kill', 'pause', 'resume'],
        ...['delete', 'rename', 'update', 'logs', 'diff', 'commit', 'copy'],
      ],
      fields: engineFields(isPodman),
      unsupported: engineLacks(isPodman, help),
      features: ['logs', 'restart'],
    };
  }

  begin({ directory, token }: { directory: string; token: string }): void {
    this.#program.directory = directory;
    this.#token = token;
    this.#images.clear();
  }

  async end(request: { directory: string; token: string }): Promise<void> {
    this.begin(request);
    const { containers } = await this.list();
    for (const { name } of containers) await this.delete(name, true);
    const images = await this.call('images', '--format', '{{.Repository}}:{{.Tag}}');
    for (const image of images.split('\n'))
      if (image.includes(this.#token)) await this.succeed('rmi', '--force', image);
    await this.#program.end();
    await removeGroups(this.#group());
  }

  async run({ name, container, background, removeOnExit = false, streams }: RunRequest<EngineContainer>) {
    this.#runs++;
    const note = join(this.#program.directory, `id-${this.#runs}`);
    const { args = ['sh'] } = container.process ?? {};
    const words = [
      ...[
        'run',
        '--name',
        name,
        '--cidfile',
        note,
        '--pull',
        'never',
        '--cgroup-parent',
        `/${this.#group()}`,
      ],
      ...optionsOf(container, this.#program.isPodman),
      ...(background ? ['--detach'] : []),
      ...(removeOnExit ? ['--rm'] : []),
      ...[await this.#imageOf(container.image), ...args],
    ];
    if (background) {
      await this.call(...words).catch((error) => this.#undo(note, error));
      const { id, pid } = await this.state(name).catch(() => ({ id: name, pid: undefined }));
      return { id, ...(pid !== undefined && { pid }) };
    }
    const { exitCode, complaint } = await this.#program.runOn(streams, words);
    if (exitCode >= 125 && complaint !== undefined && !(await this.#hasStarted(note)))
      await this.#undo(note, refusalOf(complaint, exitCode));
    return { exit: await this.#exitOf(name, exitCode) };
  }

  /** Takes away what could not be started, as others do who fail. */
  async #undo(note: string, error: unknown): Promise<never> {
    const id = noted(note);
    if (id !== undefined) await this.delete(id, true).catch(() => undefined);
    throw error;
  }

  async #hasStarted(note: string): Promise<boolean> {
    const id = noted(note);
    return id !== undefined && (await this.state(id)).status !== 'created';
  }

  async exec({ container, args, user, environment = {}, cwd, streams }: ExecRequest): Promise<object> {
    const words = [
      ...['exec', '--interactive'],
      ...(user === undefined ? [] : ['--user', user]),
      ...(cwd === undefined ? [] : ['--workdir', cwd]),
      ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[container, ...args],
    ];
    const { exitCode, complaint } = await this.#program.runOn(streams, words);
    if (exitCode !== 0 && complaint !== undefined) throw refusalOf(complaint, exitCode);
    return { exit: { code: exitCode } };
  }

  async state(container: string) {
    const [found] = JSON.parse(await this.call('inspect', '--type', 'container', container)) as Inspected[];
    if (found === undefined) throw new Refusal('not-found', `there is no container "${container}"`);
    const { Status, Pid, ExitCode, OOMKilled } = found.State;
    const status = statuses[Status] ?? Status;
    const exit: AdapterExit = { code: ExitCode, ...(OOMKilled === true && { cause: 'oom' }) };
    return { id: found.Id, status, ...(Pid > 0 && { pid: Pid }), ...(status === 'stopped' && { exit }) };
  }

  async list(): Promise<{ containers: { name: string; status: string }[] }> {
    const text = await this.call('ps', '--all', '--format', '{{.Names}} {{.State}}');
    const containers = text
      .split('\n')
      .filter((line) => line.startsWith(this.#token))
      .map((line) => line.split(' '))
      .map(([name = '', status = '']) => ({ name, status: statuses[status] ?? status }));
    return { containers };
  }

  async wait({ container, timeout }: OneRequest): Promise<object> {
    const { stdout } = await this.#program.execute(['wait', container], { timeout });
    return { exit: await this.#exitOf(container, Number(stdout.trim())) };
  }

  /** Of a program that was killed the engine knows whether it had used too much memory, as long as it knows it. */
  async #exitOf(container: string, code: number): Promise<AdapterExit> {
    if (code !== KILLED) return { code };
    const { exit } = await this.state(container).catch(() => ({ exit: undefined }));
    return exit ?? { code };
  }

  async delete(container: string, force: boolean): Promise<void> {
    const now = this.#program.isPodman && force ? ['--time', '0'] : [];
    await this.succeed('rm', ...(force ? ['--force', ...now] : []), container);
  }

  async logs(container: string): Promise<object> {
    return this.#program.execute(['logs', container], { stripFinalNewline: false });
  }

  async diff(container: string): Promise<object> {
    const lines = (await this.call('diff', container)).split('\n').filter(Boolean);
    return { changes: lines.map((line) => ({ kind: line.slice(0, 1), path: line.slice(2) })) };
  }

  async copy({ from, to, archive = false }: { from: Place; to: Place; archive?: boolean }): Promise<void> {
    const [source, target] = [from, to].map(({ container, path }) =>
      container === undefined ? path : `${container}:${path}`,
    );
    await this.succeed('cp', ...(archive ? ['--archive'] : []), source ?? '', target ?? '');
  }

  /** Options of `stop` and `restart`, which know whole seconds. */
  ending({ signal, timeout }: OneRequest): string[] {
    return [
      ...(signal === undefined ? [] : ['--signal', String(signal)]),
      ...(timeout === undefined ? [] : ['--time', String(timeout < 0 ? -1 : Math.ceil(timeout / 1000))]),
    ];
  }

  async succeed(...args: string[]): Promise<void> {
    await this.call(...args);
  }

  call(...args: string[]): Promise<string> {
    return this.#program.call(...args);
  }

  /** Name of the image that a root filesystem has become, or that is said. */
  #imageOf(image: string): Promise<string> | string {
    if (!image.startsWith('/')) return image;
    const made = this.#images.get(image) ?? this.#import(image);
    this.#images.set(image, made);
    return made;
  }

  async #import(directory: string): Promise<string> {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
      throw new Refusal('not-found', `"${directory}" is no directory`);
    const name = `sc-conformance-${this.#token}:${this.#images.size + 1}`;
    const script = 'directory=$1; shift; tar -C "$directory" -cf - . | "$@"';
    const words = this.#program.argv('import', '-', name);
    const { exitCode = 255, stderr } = await execa('sh', ['-c', script, 'sh', directory, ...words], {
      ...{ stdin: 'ignore', reject: false },
    });
    if (exitCode !== 0) throw refusalOf(stderr, exitCode);
    return name;
  }

  #group(): string {
    return `sc-conformance-${this.#token}`;
  }
}

/** The ID in a file that the engine writes when it has made a container. */
function noted(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
