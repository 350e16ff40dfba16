import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { AdapterDescription, AdapterExit } from '../../schema/conformance-adapter.ts';
import { kindOfWords } from './kind-of-words.ts';
import { type LxcContainer, lxcConfig, lxcFields } from './lxc-config.ts';
import { removeGroups } from './remove-groups.ts';
import {
  type ExecRequest,
  NO_NAMES_OF_USERS,
  type OneRequest,
  type RunRequest,
  type Streams,
} from './requests.ts';
import { type Adapter, Refusal } from './serve.ts';

/** How lxc-info has it, by what the specification calls it. */
const statuses: { readonly [state: string]: string } = {
  FROZEN: 'paused',
  STARTING: 'created',
  STOPPING: 'running',
};

/** What lxc-execute ends with where it could not start the program. */
const NOT_STARTED = 255;

/** What lxc-attach writes beside what the program would have written. */
const UNSTARTED = /^lxc-attach: .* Failed to exec .*$/m;

/**
 * The tools of lxc by themselves. A container is what lxc-create makes of a configuration, and runs below lxc-execute,
 * which tells its exit code to whom it belongs: this process.
 */
export function lxcAdapter(): Adapter {
  const lxc = new Lxc();
  return {
    describe: () => lxc.describe(),
    operations: {
      begin: async (request: { directory: string; token: string }) => lxc.begin(request),
      end: (request: { directory: string; token: string }) => lxc.end(request),
      run: (request: RunRequest<LxcContainer>) => lxc.run(request),
      exec: (request: ExecRequest) => lxc.exec(request),
      state: ({ container }: OneRequest) => lxc.state(container),
      list: () => lxc.list(),
      wait: (request: OneRequest) => lxc.wait(request),
      stop: ({ container, timeout }: OneRequest) => lxc.stop(container, timeout),
      pause: ({ container }: OneRequest) => lxc.succeed('freeze', container),
      resume: ({ container }: OneRequest) => lxc.succeed('unfreeze', container),
      delete: ({ container, force = false }: OneRequest) =>
        lxc.succeed('destroy', container, ...(force ? ['--force'] : [])),
    },
  };
}

class Lxc {
  #directory = '';
  #token = '';
  readonly #ends = new Map<string, Promise<AdapterExit>>();

  async describe(): Promise<AdapterDescription> {
    const { stdout } = await execa('lxc-execute', ['--version'], { stdin: 'ignore' });
    return {
      name: 'lxc',
      version: stdout.trim(),
      operations: ['run', 'exec', 'state', 'list', 'wait', 'stop', 'pause', 'resume', 'delete'],
      fields: [...lxcFields],
      unsupported: [
        'exec.cwd',
        'exec.environment=^null$',
        NO_NAMES_OF_USERS,
        'stop.signal',
        'run.removeOnExit',
        'wait.condition',
      ],
    };
  }

  begin({ directory, token }: { directory: string; token: string }): void {
    this.#directory = directory;
    this.#token = token;
    this.#ends.clear();
  }

  async end(request: { directory: string; token: string }): Promise<void> {
    this.begin(request);
    const { containers } = await this.list();
    for (const { name } of containers) await this.succeed('destroy', name, '--force');
    await removeGroups(this.#group());
  }

  async run({ name, container, background, streams }: RunRequest<LxcContainer>): Promise<object> {
    const at = (file: string) => join(this.#directory, `${name}.${file}`);
    mkdirSync(at('upper'), { recursive: true });
    await this.succeed('create', name, '--template', 'none', '--config', '/dev/null');
    // lxc-create takes no layers that it has not made.
    const config = lxcConfig(container, { name, group: this.#group(), upper: at('upper') });
    writeFileSync(join(this.#path(), name, 'config'), config);
    const { args = ['sh'] } = container.process ?? {};
    const words = ['--lxcpath', this.#path(), '--name', name, '--logfile', at('log'), '--', ...args];
    const end = this.#execute(words, streams).then((exit) => this.#believed(exit, at('log')));
    end.catch(() => undefined);
    this.#ends.set(name, end);
    const undone = end.catch(async (error) => {
      await this.succeed('destroy', name, '--force').catch(() => undefined);
      this.#ends.delete(name);
      throw error;
    });
    if (!background) return { id: name, exit: await undone };
    // Whatever comes first: it runs, or has failed, or has ended already, which lxc-wait fails of.
    const running = this.#call('wait', name, '--state', 'RUNNING', '--timeout', '10');
    await Promise.race([running.catch(() => undone), undone]);
    const { pid } = (await this.state(name)) as { pid?: number };
    return { id: name, ...(pid !== undefined && { pid }) };
  }

  async #execute(words: readonly string[], { stdin, stdout, stderr }: Streams): Promise<AdapterExit> {
    const descriptors = [openSync(stdin, 'r'), openSync(stdout, 'a'), openSync(stderr, 'a')];
    try {
      return await endOf(spawn('lxc-execute', words, { stdio: descriptors, cwd: '/' }));
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }

  /** It ends alike where a program has ended so, and where there was none: then its log has something to tell. */
  #believed(exit: AdapterExit, log: string): AdapterExit {
    if (exit.code !== NOT_STARTED && exit.code !== 1) return exit;
    const message = complaintIn(log);
    if (message === undefined) return exit;
    throw new Refusal(kindOfWords(message), message, { exitCode: exit.code ?? NOT_STARTED });
  }

  async exec({ container, args, user, environment = {}, streams }: ExecRequest): Promise<object> {
    const [uid, gid] = (user ?? '').split(':');
    const words = [
      ...['--lxcpath', this.#path(), '--name', container, '--clear-env'],
      ...(uid ? ['--uid', uid] : []),
      ...(gid ? ['--gid', gid] : []),
      ...Object.entries(environment).flatMap(([name, value]) => ['--set-var', `${name}=${value}`]),
      ...['--', ...args],
    ];
    const { status } = (await this.state(container)) as { status: string };
    if (status !== 'running') throw new Refusal('wrong-state', `"${container}" is ${status}`);
    const descriptors = [
      openSync(streams.stdin, 'r'),
      openSync(streams.stdout, 'a'),
      openSync(streams.stderr, 'a'),
    ];
    try {
      const exit = await endOf(spawn('lxc-attach', words, { stdio: descriptors, cwd: '/' }));
      const complaint = UNSTARTED.exec(readFileSync(streams.stderr, 'utf8'))?.[0];
      if (complaint === undefined || exit.code === 0) return { exit };
      throw new Refusal(kindOfWords(complaint), complaint, { exitCode: exit.code ?? NOT_STARTED });
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }

  async state(container: string): Promise<object> {
    const text = await this.#call('info', container);
    const state = /^State: *(\S+)/m.exec(text)?.[1] ?? '';
    const pid = /^PID: *(\d+)/m.exec(text)?.[1];
    const status = statuses[state] ?? state.toLowerCase();
    const exit = status === 'stopped' ? await this.#ends.get(container) : undefined;
    return { id: container, status, ...(pid !== undefined && { pid: Number(pid) }), ...(exit && { exit }) };
  }

  async list(): Promise<{ containers: { name: string; status: string }[] }> {
    mkdirSync(this.#path(), { recursive: true });
    const { stdout } = await execa('lxc-ls', ['--lxcpath', this.#path(), '-1'], { stdin: 'ignore' });
    const names = stdout.split(/\s+/).filter(Boolean);
    const states = await Promise.all(names.map((name) => this.state(name)));
    return { containers: names.map((name, index) => ({ name, ...(states[index] as { status: string }) })) };
  }

  async wait({ container, timeout }: OneRequest): Promise<object> {
    const end = this.#ends.get(container);
    if (end === undefined) throw new Refusal('not-found', `there is no container "${container}"`);
    if (timeout === undefined) return { exit: await end };
    const exit = await Promise.race([end, sleep(timeout, undefined, { ref: false })]);
    if (exit === undefined)
      throw new Refusal('resource', `"${container}" has not ended within ${timeout} ms`);
    return { exit };
  }

  /** lxc-stop knows whole seconds, and with none of them SIGKILL alone. */
  async stop(container: string, timeout?: number): Promise<void> {
    const how = timeout === 0 ? ['--kill'] : ['--timeout', String(Math.ceil((timeout ?? 10_000) / 1000))];
    await this.succeed('stop', container, ...how);
    await this.#ends.get(container);
  }

  async succeed(tool: string, container: string, ...args: string[]): Promise<void> {
    await this.#call(tool, container, ...args);
  }

  async #call(tool: string, container: string, ...args: string[]): Promise<string> {
    mkdirSync(this.#path(), { recursive: true });
    const words = ['--lxcpath', this.#path(), '--name', container, ...args];
    const { exitCode, stdout, stderr } = await execa(`lxc-${tool}`, words, {
      stdin: 'ignore',
      reject: false,
    });
    if (exitCode === 0) return stdout;
    const message = stderr.trim() || stdout.trim() || `lxc-${tool} has ended with ${exitCode}`;
    throw new Refusal(kindOfWords(message), message, { exitCode: exitCode ?? 255 });
  }

  #path(): string {
    return join(this.#directory, 'lxc');
  }

  #group(): string {
    return `sc-conformance-${this.#token}`;
  }
}

async function endOf(child: ChildProcess): Promise<AdapterExit> {
  const { promise, resolve, reject } = Promise.withResolvers<AdapterExit>();
  child.on('error', reject);
  child.on('exit', (code, signal) =>
    resolve({ code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) }),
  );
  return promise;
}

/** The first error of a log: the others follow from it. */
function complaintIn(log: string): string | undefined {
  try {
    return /^lxc\S* \S+ \S+ ERROR +(.*)$/m.exec(readFileSync(log, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
