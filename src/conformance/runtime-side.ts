import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { ConformanceCase, OnOne, Step } from '../schema/conformance-case.ts';
import type { AdapterClient } from './adapter-client.ts';
import type { Streams } from './adapters/requests.ts';
import type { Answer } from './answer.ts';
import { IN_A_CONTAINER } from './applicability.ts';
import { caseContainer, wordsOf } from './case-container.ts';
import { answersIn } from './probe-questions.ts';
import { processFacts } from './process-facts.ts';
import { fill, type Scope } from './template.ts';

/** Bytes of each stream that are read. */
const MOST_OUTPUT = 8 * 1024 * 1024;

interface RuntimeSideOptions {
  value: ConformanceCase;
  /** The attempt's own. */
  directory: string;
  /** The beginning of the names of its containers. */
  token: string;
  adapter: AdapterClient;
  description: AdapterDescription;
  /** Most milliseconds that an answer is waited for. */
  patience: number;
  /** What the places in a container stand for by now. */
  scope(): Scope;
}

type Run = NonNullable<Step['run']>;
type Exec = NonNullable<Step['exec']>;

/** What an attempt asks of the runtime, by the adapter. */
export class RuntimeSide {
  readonly #options: RuntimeSideOptions;
  #streams = 0;
  /** Names of containers in the background, and where their output is. */
  readonly #output = new Map<string, Streams>();

  constructor(options: RuntimeSideOptions) {
    this.#options = options;
  }

  async call(operation: string, request: object): Promise<Answer> {
    const { adapter, patience } = this.#options;
    const outcome = await adapter.call(operation, request, patience);
    return outcome.ok ? outcome.value : { error: outcome.error };
  }

  /** A request in the form of its own schema. */
  async inItsForm({ operation, request, input, output }: NonNullable<Step['call']>): Promise<Answer> {
    const { stdin, stdout, stderr } = this.#openStreams('');
    const streams = { stdin: input ?? stdin, stdout: output ?? stdout, stderr };
    return this.call('call', { operation, request, streams });
  }

  /** Of one operation on one container. */
  async onOne(operation: string, request: OnOne): Promise<Answer> {
    return this.call(operation, this.#request(request));
  }

  /** `index` is that of the step, whose questions stand in the root filesystem. */
  async run(
    index: number,
    { container = 'main', background = false, removeOnExit, stdin, ...program }: Run,
  ): Promise<Answer> {
    const streams = this.#openStreams(stdin ?? '');
    const name = this.#name(container);
    if (background) this.#output.set(name, streams);
    const answer = await this.call('run', {
      name,
      container: caseContainer(
        this.#options.value,
        { index, key: container, scope: this.#options.scope() },
        { ...program, ...(stdin !== undefined && { stdin }) },
      ),
      background,
      ...(removeOnExit !== undefined && { removeOnExit }),
      streams,
    });
    return background || answer.error !== undefined
      ? answer
      : this.#withOutput(answer, streams, program.probe);
  }

  async exec(
    index: number,
    { container, reference, stdin, args, script, probe, ...how }: Exec,
  ): Promise<Answer> {
    const streams = this.#openStreams(stdin ?? '');
    const words = wordsOf(index, { args, script, probe }) ?? [];
    const request = {
      ...this.#request({ ...(container && { container }), ...(reference && { reference }) }),
      args: words,
      ...how,
      streams,
    };
    const answer = await this.call('exec', request);
    return answer.error !== undefined ? answer : this.#withOutput(answer, streams, probe);
  }

  async copy({ from, to, ...more }: NonNullable<Step['copy']>): Promise<Answer> {
    return this.call('copy', { from: this.#place(from), to: this.#place(to), ...more });
  }

  /** Of a runtime that keeps none, the streams that it was given. */
  async logs(request: OnOne): Promise<Answer> {
    const streams = this.#output.get(this.#name(request.container ?? 'main'));
    const { operations } = this.#options.description;
    if (operations.includes('logs') || streams === undefined) return this.onOne('logs', request);
    return { stdout: beginningOf(streams.stdout).toString(), stderr: beginningOf(streams.stderr).toString() };
  }

  async process(request: OnOne): Promise<Answer> {
    const answer = await this.onOne('state', request);
    if (answer.error !== undefined || typeof answer.pid !== 'number') return answer;
    try {
      return processFacts(answer.pid);
    } catch (error) {
      return { gone: (error as Error).message };
    }
  }

  #withOutput(answer: Answer, { stdout, stderr }: Streams, probe?: Run['probe']): Answer {
    const out = beginningOf(stdout);
    const words = { ...answer, stdout: out.toString(), stderr: beginningOf(stderr).toString() };
    if (probe === undefined) return words;
    try {
      return { ...words, stdout: '', answers: answersIn(fill(probe, this.#options.scope()), out) };
    } catch (error) {
      return { ...words, answers: [], unanswered: (error as Error).message };
    }
  }

  #openStreams(input: string): Streams {
    this.#streams++;
    const at = (name: string) => join(this.#options.directory, 'streams', `${this.#streams}.${name}`);
    writeFileSync(at('in'), input);
    for (const name of ['out', 'err']) writeFileSync(at(name), '');
    return { stdin: at('in'), stdout: at('out'), stderr: at('err') };
  }

  #name(key: string): string {
    return `${this.#options.token}-${key}`;
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
}

function beginningOf(file: string): Buffer {
  return readFileSync(file).subarray(0, MOST_OUTPUT);
}
