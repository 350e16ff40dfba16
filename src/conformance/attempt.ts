import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AdapterDescription, AdapterError } from '../schema/conformance-adapter.ts';
import type { ConformanceCase, OnOne, Step } from '../schema/conformance-case.ts';
import type { Evidence } from '../schema/conformance-log.ts';
import type { AdapterClient } from './adapter-client.ts';
import { IN_A_CONTAINER } from './applicability.ts';
import { actionOf } from './case-rules.ts';
import { problemWithRefusal } from './error-kinds.ts';
import { fileFacts } from './file-facts.ts';
import { makeFiles, makeRootfs, probeProgram } from './fixture.ts';
import { HostProgram, runOnHost } from './host-program.ts';
import { Interrupted } from './interrupted.ts';
import { brokenExpectation } from './matcher.ts';
import { untilNextLook } from './next-look.ts';
import { answersIn, questionOf } from './probe-questions.ts';
import { processFacts } from './process-facts.ts';
import { fill, type Scope } from './template.ts';

/** What comes of a step: values, or why it was refused. */
type Answer = { [name: string]: unknown; error?: AdapterError };

/** Bytes of each stream that are read. */
const MOST_OUTPUT = 8 * 1024 * 1024;

const PATIENCE = 20_000;

export interface AttemptPlan {
  value: ConformanceCase;
  profiles: readonly string[];
  /** What the table and the suite have values for. */
  row: Scope;
  /** Empty, and the attempt's own. */
  directory: string;
  /** The beginning of the names of its containers. */
  token: string;
  adapter: AdapterClient;
  description: AdapterDescription;
  /** Puts a shell and the usual programs at a place. */
  putPrograms(place: string): void;
  /** Most milliseconds that anything is waited for, whatever the case says. */
  patience?: number | undefined;
  /** Most milliseconds that an expectation is waited for, whatever the case says. */
  longestWait?: number | undefined;
}

/** Once through the steps of a case, on a runtime that holds nothing else. */
export class Attempt {
  readonly #plan: AttemptPlan;
  readonly #patience: number;
  readonly #longestWait: number;
  readonly #begun = new Map<string, Promise<Answer>>();
  /** Command lines that were begun, by the name that the case has for each. */
  readonly #callers = new Map<string, HostProgram>();
  #scope: Scope;
  #environment: { readonly [name: string]: string } = {};
  #streams = 0;
  /** Names of containers in the background, and where their output is. */
  readonly #output = new Map<string, { stdout: string; stderr: string }>();
  readonly evidence: Evidence[] = [];
  assertions = 0;

  constructor(plan: AttemptPlan) {
    const { directory, token, row, value, patience = Number.POSITIVE_INFINITY } = plan;
    this.#plan = plan;
    this.#patience = Math.min(value.timeout ?? PATIENCE, patience);
    this.#longestWait = Math.min(this.#patience, plan.longestWait ?? this.#patience);
    const names = ['main', ...Object.keys(value.containers ?? {})];
    this.#scope = {
      ...row,
      ...{ tmp: join(directory, 'tmp'), rootfs: join(directory, 'rootfs'), token },
      name: Object.assign(
        new String(`${token}-main`),
        Object.fromEntries(names.map((key) => [key, `${token}-${key}`])),
      ),
    };
  }

  /** What broke first; undefined where all held. */
  async perform(): Promise<string | undefined> {
    const { value, directory, adapter, token, putPrograms } = this.#plan;
    mkdirSync(join(directory, 'tmp'), { recursive: true, mode: 0o755 });
    mkdirSync(join(directory, 'streams'));
    mkdirSync(join(directory, 'state'), { mode: 0o700 });
    const rootfs = join(directory, 'rootfs');
    makeRootfs(rootfs, fill(value.rootfs ?? {}, this.#scope), putPrograms);
    for (const [index, step] of value.steps.entries()) this.#ask(index, step);
    makeFiles(join(directory, 'tmp'), fill(value.files ?? {}, this.#scope), rootfs);
    const begun = await adapter.call('begin', { directory: join(directory, 'state'), token }, this.#patience);
    if (!begun.ok) throw new Interrupted('ERROR', `begin: ${begun.error.message}`);
    this.#environment = (begun.value.environment ?? {}) as { [name: string]: string };
    for (const [index, step] of value.steps.entries()) {
      const broken = await this.#do(index, step);
      if (broken.length > 0) return `step ${index + 1}, ${actionOf(step)}: ${broken.join('; ')}`;
    }
    return undefined;
  }

  /** Writes the questions of a probe into the root filesystem, as far as they are known before the steps. */
  #ask(index: number, { run, exec }: Step): void {
    const probe = run?.probe ?? exec?.probe;
    if (probe === undefined) return;
    const questions = fill(probe, this.#scope).map(questionOf);
    const file = join(this.#plan.directory, 'rootfs', dirname(probeProgram), String(index));
    writeFileSync(file, `${questions.join('\n')}\n`);
  }

  async #do(index: number, raw: Step): Promise<string[]> {
    const { as, begin, within = 0, expect } = raw;
    const action = actionOf(raw);
    const began = Date.now();
    const deadline = began + Math.min(within, this.#longestWait);
    if (begin !== undefined) {
      const answer = this.#perform(index, fill(raw, this.#scope));
      // Who joins it hears of it.
      answer.catch(() => undefined);
      this.#begun.set(begin, answer);
      return [];
    }
    for (;;) {
      const answer = await this.#perform(index, fill(raw, this.#scope));
      const broken = this.#check(answer, fill(expect, this.#scope));
      if (broken.length === 0 || Date.now() >= deadline) {
        this.assertions += Object.keys(expect ?? {}).length;
        if (as !== undefined) this.#scope = { ...this.#scope, [as]: answer };
        this.evidence.push({ step: index + 1, action, seen: answer, ...(broken.length > 0 && { broken }) });
        return broken;
      }
      await sleep(untilNextLook(began));
    }
  }

  #check(answer: Answer, expect: { readonly [path: string]: unknown } | undefined): string[] {
    const { error } = answer;
    const isExpected = Object.keys(expect ?? {}).some((path) => /^error\b/.test(path));
    if (error !== undefined && !isExpected)
      return [`refused as ${error.code ?? error.kind}: ${error.message}`];
    return Object.entries(expect ?? {}).flatMap(([path, wanted]) => {
      if (path !== 'error' || typeof wanted !== 'string')
        return brokenExpectation(answer, path, wanted) ?? [];
      if (error === undefined) return [`error: it was done, expected ${wanted}`];
      if (wanted === 'refused')
        return error.kind === 'internal' ? [`error: found internal (${error.message})`] : [];
      return problemWithRefusal(error, wanted, this.#plan.profiles) ?? [];
    });
  }

  async #perform(index: number, step: Step): Promise<Answer> {
    const action = actionOf(step);
    switch (action) {
      case 'run':
        return this.#run(index, step.run ?? {});
      case 'exec':
        return this.#exec(index, step.exec ?? {});
      case 'join':
        return this.#join(step.join ?? '');
      case 'host': {
        const { script = '', stdin = '', environment = {} } = step.host ?? {};
        return this.#onHost(['/bin/sh', '-eu', '-c', script], stdin, environment);
      }
      case 'cli':
        return this.#commandLine(step.cli ?? { args: [] }, step.begin);
      case 'caller':
        return this.#asCaller(step.caller ?? { of: '' });
      case 'look':
        return fileFacts(step.look ?? '');
      case 'list':
        return this.#call('list', {});
      case 'call': {
        const { operation = '', request = {} } = step.call ?? {};
        return this.#call('call', { operation, request });
      }
      case 'copy': {
        const { from, to, ...more } = step.copy ?? { from: '', to: '' };
        return this.#call('copy', { from: this.#place(from), to: this.#place(to), ...more });
      }
      case 'logs':
        return this.#logs(step.logs ?? {});
      case 'process':
        return this.#process(step.process ?? {});
      default:
        return this.#call(action, this.#request(step[action] ?? {}));
    }
  }

  async #run(
    index: number,
    { container = 'main', background = false, removeOnExit, stdin, ...program }: NonNullable<Step['run']>,
  ): Promise<Answer> {
    const streams = this.#openStreams(stdin ?? '');
    const name = this.#name(container);
    if (background) this.#output.set(name, streams);
    const answer = await this.#call('run', {
      name,
      container: this.#document(index, container, { ...program, ...(stdin !== undefined && { stdin }) }),
      background,
      ...(removeOnExit !== undefined && { removeOnExit }),
      streams,
    });
    return background || answer.error !== undefined
      ? answer
      : this.#withOutput(answer, streams, program.probe);
  }

  async #exec(
    index: number,
    { container, reference, stdin, args, script, probe, ...how }: NonNullable<Step['exec']>,
  ): Promise<Answer> {
    const streams = this.#openStreams(stdin ?? '');
    const words = wordsOf(index, { args, script, probe }) ?? [];
    const request = {
      ...this.#request({ ...(container && { container }), ...(reference && { reference }) }),
      args: words,
      ...how,
      streams,
    };
    const answer = await this.#call('exec', request);
    return answer.error !== undefined ? answer : this.#withOutput(answer, streams, probe);
  }

  /** The container as it is to be made: of the case, with what the step says over it. */
  #document(index: number, key: string, { with: more = {}, ...program }: NonNullable<Step['run']>): object {
    const { container = {}, containers = {} } = fill(
      { container: this.#plan.value.container ?? {}, containers: this.#plan.value.containers ?? {} },
      this.#scope,
    );
    const own = key === 'main' ? container : containers[key];
    const under = {
      image: this.#scope.rootfs,
      ...(program.stdin !== undefined && { terminal: { stdin: true } }),
    };
    const words = wordsOf(index, program);
    const args = words === undefined ? {} : { process: { args: words } };
    return laidOver(laidOver(laidOver(under, own), args), more) as object;
  }

  #withOutput(
    answer: Answer,
    { stdout, stderr }: { stdout: string; stderr: string },
    probe?: Parameters<typeof answersIn>[0],
  ): Answer {
    const out = beginningOf(stdout);
    const words = { ...answer, stdout: out.toString(), stderr: beginningOf(stderr).toString() };
    if (probe === undefined) return words;
    try {
      return { ...words, stdout: '', answers: answersIn(fill(probe, this.#scope), out) };
    } catch (error) {
      return { ...words, answers: [], unanswered: (error as Error).message };
    }
  }

  #openStreams(input: string): { stdin: string; stdout: string; stderr: string } {
    this.#streams++;
    const at = (name: string) => join(this.#plan.directory, 'streams', `${this.#streams}.${name}`);
    writeFileSync(at('in'), input);
    for (const name of ['out', 'err']) writeFileSync(at(name), '');
    return { stdin: at('in'), stdout: at('out'), stderr: at('err') };
  }

  async #join(name: string): Promise<Answer> {
    const begun = this.#begun.get(name);
    if (begun === undefined) throw new Error(`nothing was begun as "${name}"`);
    this.#begun.delete(name);
    return begun;
  }

  /** Of a runtime that keeps none, the streams that it was given. */
  async #logs(request: OnOne): Promise<Answer> {
    const streams = this.#output.get(this.#name(request.container ?? 'main'));
    const { operations } = this.#plan.description;
    if (operations.includes('logs') || streams === undefined)
      return this.#call('logs', this.#request(request));
    return { stdout: beginningOf(streams.stdout).toString(), stderr: beginningOf(streams.stderr).toString() };
  }

  async #process(request: OnOne): Promise<Answer> {
    const answer = await this.#call('state', this.#request(request));
    if (answer.error !== undefined || typeof answer.pid !== 'number') return answer;
    try {
      return processFacts(answer.pid);
    } catch (error) {
      return { gone: (error as Error).message };
    }
  }

  async #onHost(
    argv: readonly string[],
    stdin: string,
    more: { readonly [name: string]: string },
  ): Promise<Answer> {
    return runOnHost({ argv, ...this.#surroundings(more), stdin, patience: this.#patience });
  }

  /** Of programs of the host. */
  #surroundings(more: { readonly [name: string]: string }) {
    const { PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } = process.env;
    return {
      directory: String(this.#scope.tmp),
      environment: { PATH, HOME: '/root', LC_ALL: 'C', ...more },
    };
  }

  /** What is only begun can be typed at until it has ended. */
  async #commandLine(
    { args, stdin = '', keepOpen = false, environment = {}, terminal }: NonNullable<Step['cli']>,
    begin: string | undefined,
  ): Promise<Answer> {
    const program = new HostProgram({
      argv: [...(this.#plan.description.command ?? []), ...args],
      ...this.#surroundings({ ...this.#environment, ...environment }),
      terminal: terminal && { rows: 24, columns: 80, ...terminal },
    });
    this.#callers.set(begin ?? '', program);
    program.type(stdin);
    if (!keepOpen && terminal === undefined) program.endInput();
    return program.end(this.#patience);
  }

  async #asCaller({ of, type, resize, signal, end = false }: NonNullable<Step['caller']>): Promise<Answer> {
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
    for (const program of this.#callers.values()) program.kill();
  }

  #name(key: string): string {
    return `${this.#plan.token}-${key}`;
  }

  #place(place: string): { container?: string; path: string } {
    const [, key, path] = IN_A_CONTAINER.exec(place) ?? [];
    return key === undefined || path === undefined ? { path: place } : { container: this.#name(key), path };
  }

  #request({ container = 'main', reference, to, ...more }: OnOne): object {
    return {
      container: reference ?? this.#name(container),
      ...(to !== undefined && { to: this.#name(to) }),
      ...more,
    };
  }

  async #call(operation: string, request: object): Promise<Answer> {
    const outcome = await this.#plan.adapter.call(operation, request, this.#patience);
    return outcome.ok ? outcome.value : { error: outcome.error };
  }
}

function wordsOf(
  index: number,
  {
    args,
    script,
    probe,
  }:
    | Pick<NonNullable<Step['run']>, 'args' | 'script' | 'probe'>
    | { args?: string[] | undefined; script?: string | undefined; probe?: unknown },
): string[] | undefined {
  if (script !== undefined) return ['/bin/sh', '-c', script];
  return probe === undefined ? args : [probeProgram, `${dirname(probeProgram)}/${index}`];
}

/** Maps map by map; anything else takes the place of what was there. */
function laidOver(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const all = { ...under };
  for (const [key, value] of Object.entries(over)) all[key] = laidOver(all[key], value);
  return all;
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function beginningOf(file: string): Buffer {
  return readFileSync(file).subarray(0, MOST_OUTPUT);
}
