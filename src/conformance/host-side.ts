import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Step } from '../schema/conformance-case.ts';
import type { Answer } from './answer.ts';
import { HostProgram } from './host-program.ts';

interface HostSideOptions {
  /** In which programs run. */
  directory: string;
  /** argv of the runtime's command line, of one that has it. */
  command: readonly string[];
  /** Most milliseconds that a program is waited for. */
  patience: number;
}

/** Programs that an attempt has on the machine itself. */
export class HostSide {
  readonly #options: HostSideOptions;
  readonly #programs = new Set<HostProgram>();
  /** Command lines that were begun, by the name that the case has for each. */
  readonly #callers = new Map<string, HostProgram>();

  constructor(options: HostSideOptions) {
    this.#options = options;
  }

  /** Lines of a shell; `enter` are words before it, which lead elsewhere. */
  async script(
    { script, stdin = '', environment = {} }: NonNullable<Step['host']>,
    enter: readonly string[] = [],
  ): Promise<Answer> {
    const program = this.#start([...enter, '/bin/sh', '-eu', '-c', script], environment);
    program.type(stdin);
    program.endInput();
    return program.end(this.#options.patience);
  }

  /** `surroundings` are variables of the runtime's. What is only begun can be typed at until it has ended. */
  async commandLine(
    {
      args = [],
      script,
      through = [],
      stdin = '',
      keepOpen = false,
      environment = {},
      terminal,
    }: NonNullable<Step['cli']>,
    surroundings: { readonly [name: string]: string },
    begin: string | undefined,
  ): Promise<Answer> {
    const words = script === undefined ? [...this.#options.command, ...args] : this.#inShell(script);
    const argv = [...through, ...words];
    const size = terminal && { rows: 24, columns: 80, ...terminal };
    const program = this.#start(argv, { ...surroundings, ...environment }, size);
    if (begin !== undefined) this.#callers.set(begin, program);
    program.type(stdin);
    if (!keepOpen && terminal === undefined) program.endInput();
    return program.end(this.#options.patience);
  }

  /** Lines of a shell in which the command line is a program `runtime`, to which they can send signals. */
  #inShell(script: string): string[] {
    const programs = join(dirname(this.#options.directory), 'programs');
    if (!existsSync(programs)) {
      mkdirSync(programs);
      const words = this.#options.command.map(quoted).join(' ');
      writeFileSync(join(programs, 'runtime'), `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    }
    return ['/bin/sh', '-eu', '-c', `PATH=${quoted(programs)}:$PATH\n${script}`];
  }

  asCaller({ of, type, resize, signal, end = false }: NonNullable<Step['caller']>): Answer {
    const program = this.#callers.get(of);
    if (program === undefined) throw new Error(`no command line was begun as "${of}"`);
    if (type !== undefined) program.type(type);
    if (resize !== undefined) program.resize({ rows: 24, columns: 80, ...resize });
    if (signal !== undefined) program.signal(signal as NodeJS.Signals);
    if (end) program.endInput();
    return program.seen();
  }

  /** Ends what was begun and nobody has waited for. */
  close(): void {
    for (const program of this.#programs) program.kill();
  }

  #start(
    argv: readonly string[],
    more: { readonly [name: string]: string },
    terminal?: { rows: number; columns: number },
  ): HostProgram {
    const { PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
    const program = new HostProgram({
      argv,
      directory: this.#options.directory,
      environment: { PATH, HOME: '/root', LC_ALL: 'C', ...more },
      terminal,
    });
    this.#programs.add(program);
    return program;
  }
}

/** A word of a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
