import type { Crew } from '../execute/course.ts';
import type { UndoStack } from '../execute/undo.ts';
import type { AppliedImage } from '../schema/answer.ts';
import type {
  CreateNetworkStep,
  CreateStep,
  CreateVolumeStep,
  ImageStep,
  Prerequisite,
  RemoveStep,
  StartStep,
  StopStep,
  UpdateStep,
  WaitStep,
} from '../schema/plan.ts';
import { Background } from './background.ts';
import type { Caller } from './caller.ts';
import { Foreground } from './foreground.ts';
import { type FileOfSteps, JobSteps } from './job-steps.ts';
import { Readiness } from './readiness.ts';
import type { Workplace } from './workplace.ts';

/** Jobs are run on the streams of the caller, Containers in the background. */
export class HandsOfBoth implements Crew {
  readonly foreground: Foreground;
  /** Those that have got their names. */
  readonly images: AppliedImage[] = [];
  readonly #background: Background;
  /** Of Jobs of one process. */
  readonly #names = new Set<string>();
  readonly jobs: JobSteps;
  readonly #readiness: Readiness;

  /** `timeout` is how long is waited for health that was asked for, in milliseconds. */
  constructor(place: Workplace, caller: Caller, file: FileOfSteps, timeout?: number) {
    this.foreground = new Foreground(place, caller, 'apply');
    this.#background = new Background(place, caller);
    this.jobs = new JobSteps(place, caller, file, () => this.interrupted !== undefined);
    const { ended, interruption } = this.foreground;
    this.#readiness = new Readiness(place, { ended, interruption, timeout });
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

  create(step: CreateStep, undo: UndoStack): Promise<void> {
    const isJob = step.container.kind === 'Job';
    if (isJob) this.#names.add(step.name);
    return (isJob ? this.foreground : this.#background).create(step, undo);
  }

  createNetwork(step: CreateNetworkStep, undo: UndoStack): Promise<void> {
    return this.foreground.createNetwork(step, undo);
  }

  createVolume(step: CreateVolumeStep, undo: UndoStack): Promise<void> {
    return this.foreground.createVolume(step, undo);
  }

  start(step: StartStep, undo: UndoStack): Promise<void> {
    return (this.#names.has(step.name) ? this.foreground : this.#background).start(step, undo);
  }

  wait(step: WaitStep): Promise<void> {
    return this.foreground.wait(step);
  }
}
