import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kind } from '../../schema/conformance-adapter.ts';
import type { EngineContainers } from './engine-containers.ts';
import type { EngineImages } from './engine-images.ts';
import { type EngineContainer, optionsOf } from './engine-options.ts';
import { type EngineProgram, refusalOf } from './engine-program.ts';
import type { ExecRequest, RunRequest } from './requests.ts';

/** The least that an engine ends with where it could not start a program (podman-run(1)). */
const UNSTARTED = 125;

/** What its other codes of that sort say: the program cannot be executed, and it cannot be found. */
const kindsOfStart: { readonly [exitCode: number]: Kind } = { 126: 'denied', 127: 'not-found' };

/** Programs in containers of an attempt. */
export class EngineRuns {
  readonly #program: EngineProgram;
  readonly #images: EngineImages;
  readonly #containers: EngineContainers;
  #runs = 0;

  constructor(program: EngineProgram, images: EngineImages, containers: EngineContainers) {
    this.#program = program;
    this.#images = images;
    this.#containers = containers;
  }

  async run({ name, container, background, removeOnExit = false, streams }: RunRequest<EngineContainer>) {
    this.#runs++;
    const note = join(this.#program.directory, `id-${this.#runs}`);
    const { args = ['sh'] } = container.process ?? {};
    const words = [
      ...['run', '--name', name, '--cidfile', note],
      ...['--pull', 'never', '--cgroup-parent', `/${this.#program.own}`],
      ...optionsOf(container, this.#program.isPodman),
      ...(background ? ['--detach'] : []),
      ...(removeOnExit ? ['--rm'] : []),
      ...[await this.#images.nameOf(container.image), ...args],
    ];
    if (background) {
      await this.#program.call(...words).catch((error) => this.#undo(note, error));
      const { id, pid } = await this.#containers.state(name).catch(() => ({ id: name, pid: undefined }));
      return { id, ...(pid !== undefined && { pid }) };
    }
    const { exitCode, complaint } = await this.#program.runOn(streams, words);
    if (exitCode >= UNSTARTED && complaint !== undefined && !(await this.#hasStarted(note)))
      await this.#undo(note, refusalOf(complaint, exitCode, kindsOfStart[exitCode]));
    return { exit: await this.#containers.exitOf(name, exitCode) };
  }

  /** Takes away what could not be started, as others do who fail. */
  async #undo(note: string, error: unknown): Promise<never> {
    const id = noted(note);
    if (id !== undefined) await this.#containers.delete(id, true).catch(() => undefined);
    throw error;
  }

  async #hasStarted(note: string): Promise<boolean> {
    const id = noted(note);
    return id !== undefined && (await this.#containers.state(id)).status !== 'created';
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
    if (exitCode !== 0 && complaint !== undefined)
      throw refusalOf(complaint, exitCode, kindsOfStart[exitCode]);
    return { exit: { code: exitCode } };
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
