import { isAbsolute, join } from 'node:path';
import { parseDuration } from '../document/units.ts';
import { ScError } from '../errors/error.ts';
import { errorOf } from '../errors/fault.ts';
import type { Problem } from '../errors/problem.ts';
import type { UndoStack } from '../execute/undo.ts';
import type { StepHands } from '../execute/walk.ts';
import { documentOfRun } from '../plan/steps.ts';
import type { AppliedStep } from '../schema/answer.ts';
import type { RunStep, Step } from '../schema/container-file.ts';
import type { ExitStatus } from '../schema/container-state.ts';
import type { CopyRequest } from '../schema/operations/copy.ts';
import type { FailedReference } from '../schema/operations/many.ts';
import type { CreateStep, DoStep, FinishStep } from '../schema/plan.ts';
import { newId } from '../state/id.ts';
import type { Caller } from './caller.ts';
import { type Expectations, UnmetError } from './expectations.ts';
import { Foreground } from './foreground.ts';
import type { VolumesBefore } from './volume/before.ts';
import type { Workplace } from './workplace.ts';

/** The container file that Jobs of steps are of. */
export interface FileOfSteps {
  /** As it was named. */
  name: string;
  /** Absolute; relative paths count from it. */
  directory: string;
}

interface JobOptions {
  file: FileOfSteps;
  expectations: Expectations;
  isInterrupted: () => boolean;
  /** Where all can be undone. */
  before?: VolumesBefore | undefined;
}

/** A step of a Job that has failed, with its place in the file. */
export class FailedStepError extends ScError {
  readonly problems: readonly Problem[];

  constructor(file: string, { path, line, column }: DoStep, cause: ScError) {
    const { errno, hint, undo } = cause;
    const message = reasonOf(cause);
    super(cause.code, `${file}:${line}:${column}: ${path}: ${message}`, {
      cause,
      undo,
      ...(errno !== undefined && { errno }),
      ...(hint !== undefined && { hint }),
    });
    this.name = 'FailedStepError';
    this.problems = [{ file, line, column, path, message }];
  }
}

/**
 * Does the steps of Jobs, each as the operation of its name does it. The containers of run steps belong to this
 * process: they end with it, and whoever comes next deletes what it leaves of them.
 */
export class JobSteps implements StepHands {
  readonly done: AppliedStep[] = [];
  readonly #place: Workplace;
  readonly #caller: Caller;
  readonly #file: FileOfSteps;
  readonly #isInterrupted: () => boolean;
  readonly #expectations: Expectations;
  readonly #before: VolumesBefore | undefined;
  #foreground: Foreground | undefined;
  /** Of the containers that run steps have started: resolves when the end of one is recorded. */
  readonly #ends = new Map<string, Promise<void>>();
  readonly #checked = new Set<string>();

  constructor(place: Workplace, caller: Caller, { file, expectations, isInterrupted, before }: JobOptions) {
    this.#before = before;
    this.#place = place;
    this.#caller = caller;
    this.#file = file;
    this.#isInterrupted = isInterrupted;
    this.#expectations = expectations;
  }

  close(): void {
    this.#foreground?.close();
    this.#foreground = undefined;
  }

  async step(step: DoStep, undo: UndoStack): Promise<void> {
    try {
      const answer = await this.#do(step, undo);
      this.done.push({ job: step.name, path: step.path, ...answer });
    } catch (error) {
      // What was asked to end has ended, and is undone like the rest.
      if (this.#isInterrupted()) return;
      if (error instanceof UnmetError) throw error;
      throw error instanceof ScError ? new FailedStepError(this.#file.name, step, error) : error;
    }
  }

  async finish({ containers }: FinishStep, undo: UndoStack): Promise<void> {
    const { stop } = await import('./stop.ts');
    const { deleteContainers } = await import('./delete.ts');
    const { settings } = this.#place;
    const made = [...this.#ends.keys()];
    refuseFailures((await stop({ containers: made }, settings, this.#caller)).failures);
    await Promise.all(this.#ends.values());
    // All that was waited for has been checked.
    if (!this.#isInterrupted()) for (const name of made) await this.#check(name);
    const deletion = { containers, force: true, ignoreMissing: true, volumes: true };
    if (containers.length > 0) refuseFailures((await deleteContainers(deletion, settings)).failures);
    for (const name of made) undo.keep(name);
    this.#ends.clear();
    this.close();
  }

  #do({ step, container }: DoStep, undo: UndoStack): Promise<Omit<AppliedStep, 'job' | 'path'>> {
    const { copy, run, stop, wait, commit, save, diff } = step;
    if (run !== undefined) return this.#run(run, container, undo);
    if (copy !== undefined) return this.#copy(copy);
    if (stop !== undefined) return this.#stop(stop);
    if (wait !== undefined) return this.#wait(wait);
    if (commit !== undefined) return this.#commit(commit);
    if (save !== undefined) return this.#save(save);
    if (diff !== undefined) return this.#diff(diff.container);
    throw new ScError('SC_INTERNAL', 'a step that is none was planned');
  }

  async #run(run: RunStep, planned: CreateStep['container'] | undefined, undo: UndoStack) {
    const { name, keep = false } = run;
    const container = planned ?? (await this.#plan(run));
    await this.#before?.reach(container);
    this.#foreground ??= new Foreground(this.#place, this.#caller, 'steps');
    const foreground = this.#foreground;
    foreground.listen(name, this.#expectations.listeners(name));
    const words = { name, reason: '' };
    await foreground.create({ kind: 'create', container, ...words }, undo);
    await foreground.start({ kind: 'start', ...words }, undo);
    const end = foreground.wait({ kind: 'wait', ...words }).then(() => {
      if (keep) undo.keep(name);
    });
    // Whoever waits for it hears of it.
    end.catch(() => {});
    this.#ends.set(name, end);
    return {};
  }

  /** Of one whose image was made just now; what is expected of it is known already. */
  async #plan({ expect: _, ...run }: RunStep): Promise<CreateStep['container']> {
    const { name, directory } = this.#file;
    const choices = { source: 'file', directory, removeOnExit: run.keep !== true, id: newId() } as const;
    const { planOne } = await import('./plan-run.ts');
    const { steps } = await planOne(this.#place, documentOfRun(run, name), choices);
    const step = steps.find(({ kind }) => kind === 'create');
    if (step?.kind !== 'create') throw new ScError('SC_INTERNAL', `run "${run.name}": it is not planned`);
    return step.container;
  }

  async #copy({ from, to, ...how }: NonNullable<Step['copy']>) {
    const { copy } = await import('./copy.ts');
    const request: CopyRequest = { source: this.#copyPlace(from), destination: this.#copyPlace(to), ...how };
    return { copied: await copy(request, this.#place.settings, this.#caller) };
  }

  /** A `/.` at the end of a path has a meaning, and stays. */
  #copyPlace(text: string): CopyRequest['source'] {
    const [, container, path] = /^([a-zA-Z0-9][a-zA-Z0-9_.-]+):(.*)$/s.exec(text) ?? [];
    if (container !== undefined && path !== undefined) return { kind: 'container', container, path };
    const isContent = text.endsWith('/.') || text === '.';
    const whole = isAbsolute(text) ? text : join(this.#file.directory, text);
    return { kind: 'host', path: isContent && !whole.endsWith('/.') ? join(whole, '/').concat('.') : whole };
  }

  async #stop({ container, timeout }: NonNullable<Step['stop']>) {
    const { stop } = await import('./stop.ts');
    const how = timeout === undefined ? {} : { timeout: parseDuration(timeout) };
    const { failures } = await stop({ containers: [container], ...how }, this.#place.settings, this.#caller);
    refuseFailures(failures);
    await this.#ends.get(container);
    await this.#check(container);
    return {};
  }

  async #wait({ container, timeout }: NonNullable<Step['wait']>) {
    const { wait } = await import('./wait.ts');
    const how = timeout === undefined ? {} : { timeout: parseDuration(timeout) };
    const request = { containers: [container], ...how };
    const { containers, failures } = await wait(request, this.#place.settings, this.#caller);
    refuseFailures(failures);
    await this.#ends.get(container);
    const exit = containers[0]?.exit;
    const isExpected = this.#ends.has(container) && this.#expectations.has(container);
    if (!isExpected && exit?.code !== 0) throw badEnd(container, exit);
    await this.#check(container);
    return { ...(exit !== undefined && { exit }) };
  }

  /** Once, at the first step that sees its end. */
  async #check(container: string): Promise<void> {
    const ended = this.#foreground?.ended.find(({ name }) => name === container);
    if (ended === undefined || this.#checked.has(container)) return;
    this.#checked.add(container);
    await this.#expectations.check(ended);
  }

  async #commit({ image, ...request }: NonNullable<Step['commit']>) {
    const { commit } = await import('./commit.ts');
    return { committed: await commit({ ...request, name: image }, this.#place.settings, this.#caller) };
  }

  /** A slash at the end stands for a directory, and stays. */
  async #save({ output, ...request }: NonNullable<Step['save']>) {
    const { saveImages } = await import('./image/save.ts');
    const path = isAbsolute(output) ? output : join(this.#file.directory, output);
    const { settings } = this.#place;
    return { saved: await saveImages({ ...request, output: path }, settings, this.#caller) };
  }

  async #diff(container: string) {
    const { diff } = await import('./diff.ts');
    const { id } = await this.#place.store.find(container);
    return { diff: await diff({ after: id }, this.#place.settings) };
  }
}

/** What is wrong with a container that is planned only now has places that nobody has seen. */
function reasonOf(cause: ScError & { problems?: readonly Problem[] }): string {
  const { problems = [], message } = cause;
  return problems.length === 0 ? message : problems.map((one) => `${one.path}: ${one.message}`).join('; ');
}

function badEnd(container: string, exit: ExitStatus | undefined): ScError {
  const { code = null, cause = 'unknown' } = exit ?? {};
  const how = cause === 'exit' ? '' : `, ${cause}`;
  return new ScError('SC_STEP_FAILED', `"${container}" has ended with code ${code ?? '?'}${how}`);
}

function refuseFailures([failure]: readonly FailedReference[]): void {
  if (failure !== undefined) throw errorOf(failure.error);
}
