import type { AdapterExit } from '../../schema/conformance-adapter.ts';
import type { EngineProgram } from './engine-program.ts';
import { Refusal } from './serve.ts';

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
  State: { Status: string; Pid: number; ExitCode: number; OOMKilled?: boolean };
}

/** As podman lists it. */
interface Listed {
  Names: string[];
  State: string;
}

/** The containers of an attempt, as the engine knows them. */
export class EngineContainers {
  readonly #program: EngineProgram;

  constructor(program: EngineProgram) {
    this.#program = program;
  }

  async state(container: string) {
    const text = await this.#program.call('inspect', '--type', 'container', container);
    const [found] = JSON.parse(text) as Inspected[];
    if (found === undefined) throw new Refusal('not-found', `there is no container "${container}"`);
    const { Status, Pid, ExitCode, OOMKilled } = found.State;
    const status = statuses[Status] ?? Status;
    const exit: AdapterExit = { code: ExitCode, ...(OOMKilled === true && { cause: 'oom' }) };
    return { id: found.Id, status, ...(Pid > 0 && { pid: Pid }), ...(status === 'stopped' && { exit }) };
  }

  async list(): Promise<{ containers: { name: string; status: string }[] }> {
    const own = (await this.#listed()).filter(({ name }) => name.startsWith(this.#program.token));
    return { containers: own.map(({ name, status }) => ({ name, status: statuses[status] ?? status })) };
  }

  /** In a template podman has only words such as `Up 3 seconds` for a status, and in JSON the status itself. */
  async #listed(): Promise<{ name: string; status: string }[]> {
    if (this.#program.isPodman) {
      const all = JSON.parse(await this.#program.call('ps', '--all', '--format', 'json')) as Listed[];
      return all.map(({ Names: [name = ''], State: status }) => ({ name, status }));
    }
    const lines = (await this.#program.call('ps', '--all', '--format', '{{.Names}} {{.State}}')).split('\n');
    return lines.map((line) => line.split(' ')).map(([name = '', status = '']) => ({ name, status }));
  }

  /** Of a program that was killed the engine knows whether it had used too much memory, as long as it knows it. */
  async exitOf(container: string, code: number): Promise<AdapterExit> {
    if (code !== KILLED) return { code };
    const { exit } = await this.state(container).catch(() => ({ exit: undefined }));
    return exit ?? { code };
  }

  async delete(container: string, force: boolean): Promise<void> {
    const now = this.#program.isPodman && force ? ['--time', '0'] : [];
    await this.#program.succeed('rm', ...(force ? ['--force', ...now] : []), container);
  }
}
