import { createHash } from 'node:crypto';
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { readHostCgroups } from '../../linux/cgroup/hierarchy.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import type { Kind } from '../../schema/conformance-adapter.ts';
import { kindOfWords } from './kind-of-words.ts';
import { removeGroups } from './remove-groups.ts';
import type { Streams } from './requests.ts';
import { Refusal } from './serve.ts';

/** What the engine writes on the standard error of a program where it is not the program's own. */
const COMPLAINT = /^(docker: |Error: |Error response from daemon|OCI runtime )/m;

/** Bytes of it that are looked at. */
const MOST_WORDS = 65_536;

/** What podman ends with that does not remove a container (podman-rm(1)); docker has one code for all. */
const kindsOfRemoval: { readonly [exitCode: number]: Kind } = { 1: 'not-found', 2: 'wrong-state' };

/** Of the digest of a path, enough to tell one from another. */
const DIGITS = 16;

/** The command line of podman or docker, as it is called for an attempt. */
export class EngineProgram {
  readonly path: string;
  readonly name: string;
  readonly isPodman: boolean;
  /** Where podman keeps everything; empty until an attempt begins. */
  directory = '';
  /** The beginning of the names of the attempt's containers. */
  token = '';

  constructor(path: string) {
    this.path = path;
    this.name = basename(path);
    this.isPodman = this.name === 'podman';
  }

  /** Of an attempt: the control group above those of its containers, and the repository of its images. */
  get own(): string {
    return `sc-conformance-${this.token}`;
  }

  begin({ directory, token }: { directory: string; token: string }): void {
    this.directory = directory;
    this.token = token;
  }

  /** argv of a command. crun refuses a host that has both versions of control groups. */
  argv(...args: string[]): [string, ...string[]] {
    if (!this.isPodman || this.directory === '') return [this.path, ...args];
    const at = (name: string) => join(this.directory, name);
    mkdirSync(at('tmp'), { recursive: true });
    mkdirSync(this.#runRoot(), { recursive: true, mode: 0o700 });
    return [
      this.path,
      ...['--root', at('root'), '--runroot', this.#runRoot(), '--tmpdir', at('tmp')],
      ...['--storage-driver', 'vfs'],
      ...['--cgroup-manager', 'cgroupfs', '--events-backend', 'none'],
      ...(readHostCgroups().mode === 'hybrid' ? ['--runtime', 'runc'] : []),
      ...args,
    ];
  }

  /** Takes away what an attempt has beside its directory. */
  async end(): Promise<void> {
    if (this.isPodman && this.directory !== '') await removeTree(this.#runRoot());
    await removeGroups(this.own);
  }

  /** podman takes no path of more than 50 characters for it; each process of the adapter finds the same one. */
  #runRoot(): string {
    const digest = createHash('sha256').update(this.directory).digest('hex');
    return join('/tmp', `sc-podman-${digest.slice(0, DIGITS)}`);
  }

  async succeed(...args: string[]): Promise<void> {
    await this.call(...args);
  }

  /** What it has written on its standard output. Throws a Refusal with what it says of it. */
  async call(...args: string[]): Promise<string> {
    const { stdout } = await this.execute(args, {});
    return stdout;
  }

  /** Both of its streams to their last byte, or without the last line's end. Throws as `call`. */
  async execute(
    args: readonly string[],
    { timeout = 0, stripFinalNewline = true }: { timeout?: number | undefined; stripFinalNewline?: boolean },
  ): Promise<{ stdout: string; stderr: string }> {
    const [file, ...words] = this.argv(...args);
    const { exitCode, stdout, stderr, timedOut } = await execa(file, words, {
      ...{ stdin: 'ignore', reject: false, stripFinalNewline, timeout },
    });
    if (timedOut) throw new Refusal('resource', `${args.join(' ')} has not ended within ${timeout} ms`);
    if (exitCode === 0) return { stdout, stderr };
    const message = stderr || `${args[0]} has ended with ${exitCode}`;
    throw refusalOf(message, exitCode, this.#isRemoval(args) ? kindsOfRemoval[exitCode ?? 0] : undefined);
  }

  #isRemoval([command]: readonly string[]): boolean {
    return this.isPodman && command === 'rm';
  }

  /** Runs a program on these streams. What the engine itself complains of is taken out of them again. */
  async runOn({ stdin, stdout, stderr }: Streams, args: readonly string[]) {
    const descriptors = [openSync(stdin, 'r'), openSync(stdout, 'a'), openSync(stderr, 'a+')] as const;
    const [, , errors] = descriptors;
    const before = fstatSync(errors).size;
    const [file, ...words] = this.argv(...args);
    try {
      const { exitCode = 255 } = await execa(file, words, {
        stdio: [...descriptors] as unknown as ['ignore', 'ignore', 'ignore'],
        reject: false,
      });
      const written = Buffer.alloc(Math.min(fstatSync(errors).size - before, MOST_WORDS));
      readSync(errors, written, 0, written.length, before);
      const isComplaint = exitCode !== 0 && COMPLAINT.test(written.toString());
      if (isComplaint) ftruncateSync(errors, before);
      return { exitCode, complaint: isComplaint ? written.toString().trim() : undefined };
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor);
    }
  }
}

/** What an engine refuses, in words of the protocol; its words are read where its exit code has not said the kind. */
export function refusalOf(words: string, exitCode = 255, kind?: Kind): Refusal {
  const message = words.trim();
  return new Refusal(kind ?? kindOfWords(message), message, { exitCode });
}
