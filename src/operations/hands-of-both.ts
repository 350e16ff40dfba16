import type { Crew } from '../execute/course.ts';
import type { UndoStack } from '../execute/undo.ts';
import type { AppliedImage } from '../schema/answer.ts';
import type {
  CreateNetworkStep,
  CreateStep,
  CreateVolumeStep,
  ImageStep,
  Plan,
  Prerequisite,
  RemoveImageStep,
  RemoveNetworkStep,
  RemoveStep,
  RemoveVolumeStep,
  StartStep,
  StopStep,
  UpdateStep,
  WaitStep,
} from '../schema/plan.ts';
import { Background } from './background.ts';
import type { Caller } from './caller.ts';
import { Expectations } from './expectations.ts';
import { Foreground } from './foreground.ts';
import { type FileOfSteps, JobSteps } from './job-steps.ts';
import { Readiness } from './readiness.ts';
import type { VolumesBefore } from './volume/before.ts';
import type { Workplace } from './workplace.ts';

interface HandsOptions extends FileOfSteps {
  plan: Plan;
  /** How long is waited for health that was asked for, in milliseconds. */
  timeout?: number | undefined;
  /** Where all can be undone. */
  before?: VolumesBefore | undefined;
}

/** Jobs are run on the streams of the caller, Containers in the background. */
export class HandsOfBoth implements Crew {
  readonly foreground: Foreground;
  /** Those that have got their names. */
  readonly images: AppliedImage[] = [];
  readonly #background: Background;
  /** Of Jobs of one process. */
  readonly #names = new Set<string>();
  readonly jobs: JobSteps;
  readonly expectations: Expectations;
  readonly #readiness: Readiness;
  readonly #place: Workplace;
  readonly #before: VolumesBefore | undefined;

  constructor(place: Workplace, caller: Caller, { plan, timeout, before, ...file }: HandsOptions) {
    this.#place = place;
    this.#before = before;
    this.expectations = new Expectations(place, file.name, plan);
    this.foreground = new Foreground(place, caller, 'apply');
    this.#background = new Background(place, caller);
    const { expectations } = this;
    const isInterrupted = () => this.interrupted !== undefined;
    this.jobs = new JobSteps(place, caller, { file, expectations, isInterrupted, before });
    const { ended, interruption } = this.foreground;
    this.#readiness = new Readiness(place, { ended, expectations, interruption, timeout });
  }

  close(): void {
    this.foreground.close();
    this.jobs.close();
    this.#readiness.close();
  }

  reach(prerequisite: Prerequisite): Promise<string | undefined> {
    return this.#readiness.reach(prerequisite);
  }

  get interrupted(): string | undefined {
    return this.foreground.interrupted;
  }

  /** Why a container is not healthy in time, if it has a check. */
  reachHealth(name: string): Promise<string | undefined> {
    return this.#readiness.reachHealth(name);
  }

  async image(step: ImageStep, undo: UndoStack): Promise<void> {
    await this.foreground.image(step, undo);
    const { name, id, digest } = step;
    this.images.push({ name, id, digest });
  }

  update(step: UpdateStep, undo: UndoStack): Promise<void> {
    return this.#background.update(step, undo);
  }

  stop(step: StopStep, undo: UndoStack): Promise<void> {
    return this.#background.stop(step, undo);
  }

  remove(step: RemoveStep, undo: UndoStack): Promise<void> {
    return this.#background.remove(step, undo);
  }

  async create(step: CreateStep, undo: UndoStack): Promise<void> {
    await this.#before?.reach(step.container);
    const isJob = step.container.kind === 'Job';
    if (isJob) this.#names.add(step.name);
    return (isJob ? this.foreground : this.#background).create(step, undo);
  }

  createNetwork(step: CreateNetworkStep, undo: UndoStack): Promise<void> {
    return this.foreground.createNetwork(step, undo);
  }

  removeNetwork(step: RemoveNetworkStep, undo: UndoStack): Promise<void> {
    return this.#background.removeNetwork(step, undo);
  }

  removeVolume(step: RemoveVolumeStep, undo: UndoStack): Promise<void> {
    return this.#background.removeVolume(step, undo);
  }

  removeImage(step: RemoveImageStep, undo: UndoStack): Promise<void> {
    return this.#background.removeImage(step, undo);
  }

  createVolume(step: CreateVolumeStep, undo: UndoStack): Promise<void> {
    return this.foreground.createVolume(step, undo);
  }

  async start(step: StartStep, undo: UndoStack): Promise<void> {
    await this.#before?.reach((await this.#place.store.find(step.name)).spec);
    if (!this.#names.has(step.name)) return this.#background.start(step, undo);
    this.foreground.listen(step.name, this.expectations.listeners(step.name));
    return this.foreground.start(step, undo);
  }

  wait(step: WaitStep): Promise<void> {
    return this.foreground.wait(step);
  }

  /** One that was interrupted has not had its say. */
  async judge({ name }: WaitStep): Promise<void> {
    const ended = this.foreground.ended.find((one) => one.name === name);
    if (ended !== undefined && this.interrupted === undefined) await this.expectations.check(ended);
  }
}
