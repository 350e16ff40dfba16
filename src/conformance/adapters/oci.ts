import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa, execaSync } from 'execa';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import type { AdapterDescription, AdapterExit } from '../../schema/conformance-adapter.ts';
import { type BundleConfig, configOf, environmentOf, type OciContainer, ociFields } from './bundle.ts';
import { kindOfWords } from './kind-of-words.ts';
import { adoptOrphans, reap } from './reaper.ts';
import { removeGroups } from './remove-groups.ts';
import {
  type ExecRequest,
  NO_NAMES_OF_USERS,
  type OneRequest,
  type RunRequest,
  type Streams,
} from './requests.ts';
import { type Adapter, Refusal } from './serve.ts';

/** A container that was started here: its bundle, and its end. */
interface Started {
  config: BundleConfig;
  end: Promise<AdapterExit>;
}

/**
 * Any runtime of the OCI by its command line, the one that runtime.md describes: `create`, `start`, `state`, `kill` and
 * `delete`. Its init is left to this process, which so has its exit code from the kernel.
 */
export function ociAdapter(program: string): Adapter {
  const runtime = new OciRuntime(program);
  return {
    describe: () => runtime.describe(),
    operations: {
      begin: async ({ directory, token }: { directory: string; token: string }) =>
        runtime.begin(directory, token),
      end: ({ directory, token }: { directory: string; token: string }) => runtime.end(directory, token),
      run: (request: RunRequest<OciContainer>) => runtime.run(request),
      exec: (request: ExecRequest) => runtime.exec(request),
      state: ({ container }: OneRequest) => runtime.state(container),
      list: () => runtime.list(),
      wait: (request: OneRequest) => runtime.wait(request),
      kill: ({ container, signal = 'SIGTERM' }: OneRequest) =>
        runtime.succeed('kill', container, String(signal)),
      pause: ({ container }: OneRequest) => runtime.succeed('pause', container),
      resume: ({ container }: OneRequest) => runtime.succeed('resume', container),
      delete: ({ container, force = false }: OneRequest) =>
        runtime.succeed('delete', ...(force ? ['--force'] : []), container),
    },
  };
}

class OciRuntime {
  readonly #program: string;
  readonly #argv: readonly [string, ...string[]];
  #directory = '';
  #token = '';
  #bundles = 0;
  readonly #started = new Map<string, Started>();

  constructor(program: string) {
    this.#program = program;
    this.#argv = [...withOneVersion(program), program];
    adoptOrphans();
  }

  async describe(): Promise<AdapterDescription> {
    const { stdout } = await execa(this.#program, ['--version'], { stdin: 'ignore' });
    const version = /version:? +(\S+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0] ?? 'unknown';
    return {
      name: basename(this.#program),
      version,
      operations: ['run', 'exec', 'state', 'list', 'wait', 'kill', 'pause', 'resume', 'delete'],
      fields: [...ociFields],
      unsupported: ['wait.condition', 'run.removeOnExit', NO_NAMES_OF_USERS],
    };
  }

  begin(directory: string, token: string): void {
    this.#directory = directory;
    this.#token = token;
  }

  async end(directory: string, token: string): Promise<void> {
    this.begin(directory, token);
    const { containers } = await this.list();
    for (const { name } of containers) await this.succeed('delete', '--force', name);
    this.#started.clear();
    await removeGroups(this.#group());
  }

  async run({ name, container, background, streams }: RunRequest<OciContainer>): Promise<object> {
    this.#bundles++;
    const bundle = join(this.#directory, `bundle-${this.#bundles}`);
    mkdirSync(bundle, { recursive: true });
    await execa(this.#program, ['spec'], { cwd: bundle, stdin: 'ignore' });
    const file = join(bundle, 'config.json');
    const proposed = JSON.parse(readFileSync(file, 'utf8')) as BundleConfig;
    const config = configOf(proposed, container, `/${this.#group()}/${name}`);
    writeFileSync(file, JSON.stringify(config));
    const pidFile = join(bundle, 'pid');
    await this.#call(['create', '--bundle', bundle, '--pid-file', pidFile, name], streams);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    const end = reap(pid);
    this.#started.set(name, { config, end });
    try {
      await this.succeed('start', name);
    } catch (error) {
      await this.succeed('delete', '--force', name).catch(() => undefined);
      throw error;
    }
    if (background) return { id: name, pid };
    return { id: name, exit: await end };
  }

  async exec({ container, args, user, environment = {}, cwd, streams }: ExecRequest): Promise<object> {
    const started = this.#started.get(container);
    const process = {
      ...(started?.config.process ?? { env: [], user: { uid: 0, gid: 0 }, cwd: '/' }),
      args,
      ...(cwd !== undefined && { cwd }),
      ...(user !== undefined && {
        user: { uid: Number(user.split(':')[0]), gid: Number(user.split(':')[1] ?? 0) },
      }),
      env: environmentOf(started?.config.process.env ?? [], environment),
    };
    const file = join(this.#directory, `${container}-process.json`);
    writeFileSync(file, JSON.stringify(process));
    const { exitCode } = await this.#call(['exec', '--process', file, container], streams, true);
    return { exit: { code: exitCode } };
  }

  async state(container: string): Promise<object> {
    const { stdout } = await this.#call(['state', container]);
    const { id, status, pid } = JSON.parse(stdout) as { id: string; status: string; pid: number };
    const ended = status === 'stopped' ? await this.#started.get(container)?.end : undefined;
    return { id, status, ...(pid > 0 && status !== 'stopped' && { pid }), ...(ended && { exit: ended }) };
  }

  async list(): Promise<{ containers: { name: string; status: string }[] }> {
    const { stdout } = await this.#call(['list', '--format', 'json']);
    const found = (JSON.parse(stdout || 'null') ?? []) as { id: string; status: string }[];
    return { containers: found.map(({ id, status }) => ({ name: id, status })) };
  }

  async wait({ container, timeout }: OneRequest): Promise<object> {
    const started = this.#started.get(container);
    if (started === undefined) throw new Refusal('not-found', `there is no container "${container}"`);
    if (timeout === undefined) return { exit: await started.end };
    const exit = await Promise.race([started.end, sleep(timeout, undefined, { ref: false })]);
    if (exit === undefined)
      throw new Refusal('resource', `"${container}" has not ended within ${timeout} ms`);
    return { exit };
  }

  async succeed(...args: string[]): Promise<void> {
    await this.#call(args);
  }

  /** Throws a Refusal with what the runtime says of it; with `isProgram` only where it has an error to tell of. */
  async #call(
    args: readonly string[],
    streams?: Streams,
    isProgram = false,
  ): Promise<{ stdout: string; exitCode: number }> {
    const log = join(this.#directory, 'log.json');
    writeFileSync(log, '');
    const descriptors = streams && [
      openSync(streams.stdin, 'r'),
      openSync(streams.stdout, 'a'),
      openSync(streams.stderr, 'a'),
    ];
    const root = join(this.#directory, 'containers');
    mkdirSync(root, { recursive: true, mode: 0o700 });
    try {
      const [file, ...first] = this.#argv;
      const result = await execa(
        file,
        [...first, '--root', root, '--log', log, '--log-format', 'json', ...args],
        {
          stdio: (descriptors ?? ['ignore', 'pipe', 'pipe']) as ['ignore', 'pipe', 'pipe'],
          reject: false,
          // What is left behind by it may hold the streams.
          forceKillAfterDelay: false,
        },
      );
      const { exitCode = 255, stdout = '', stderr = '' } = result;
      const error = errorIn(readFileSync(log, 'utf8')) ?? (streams === undefined ? stderr.trim() : undefined);
      if (exitCode === 0 || (isProgram && error === undefined)) return { stdout, exitCode };
      const message = error || `${basename(this.#program)} ${args[0]} has ended with ${exitCode}`;
      throw new Refusal(kindOfWords(message), message, { exitCode });
    } finally {
      for (const descriptor of descriptors ?? []) closeSync(descriptor);
    }
  }

  #group(): string {
    return `sc-conformance-${this.#token}`;
  }
}

/**
 * crun refuses a host that has both versions of control groups: v2 is taken out of its sight. What it makes in that place
 * all the same is in a filesystem that goes with it, or it would stay below the mount of v2.
 */
function withOneVersion(program: string): [string, ...string[]] | [] {
  const { mode, hierarchies } = readHostCgroups();
  const unified = hierarchies.find(({ version }) => version === 2)?.path;
  if (mode !== 'hybrid' || unified === undefined || !isCrun(program)) return [];
  const script = 'umount "$0" && mount -t tmpfs sc-conformance "$0" && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, unified];
}

/** By what it says it is, whatever its file is called. */
function isCrun(program: string): boolean {
  const { stdout } = execaSync(program, ['--version'], { stdin: 'ignore', reject: false });
  return /^crun\b/.test(stdout ?? '');
}

/** The last error of a log in JSON. */
function errorIn(log: string): string | undefined {
  return log
    .split('\n')
    .filter(Boolean)
    .map(entryIn)
    .findLast(({ level }) => level === 'error')?.msg;
}

/** What is no JSON is taken for an error, in words. */
function entryIn(line: string): { level: string; msg: string } {
  try {
    return JSON.parse(line);
  } catch {
    return { level: 'error', msg: line };
  }
}
