import type { UndoStack } from '../execute/undo.ts';
import type { Hands } from '../execute/walk.ts';
import type {
  CreateStep,
  CreateVolumeStep,
  ImageStep,
  RemoveStep,
  StartStep,
  WaitStep,
} from '../schema/plan.ts';
import { Background } from './background.ts';
import type { Caller } from './caller.ts';
import { Foreground } from './foreground.ts';
import { type FileOfSteps, JobSteps } from './job-steps.ts';
import type { Workplace } from './workplace.ts';

/** Jobs are run on the streams of the caller, Containers in the background. */
export class HandsOfBoth implements Hands {
  readonly foreground: Foreground;
  readonly #background: Background;
  /** Of Jobs of one process. */
  readonly #names = new Set<string>();
  readonly jobs: JobSteps;

  constructor(place: Workplace, caller: Caller, file: FileOfSteps) {
    this.foreground = new Foreground(place, caller, 'apply');
    this.#background = new Background(place, caller);
    this.jobs = new JobSteps(place, caller, file, () => this.interrupted !== undefined);
  }

  get interrupted(): string | undefined {
    return this.foreground.interrupted;
  }

  image(step: ImageStep, undo: UndoStack): Promise<void> {
    return this.foreground.image(step, undo);
  }

  remove(step: RemoveStep): Promise<void> {
    return this.foreground.remove(step);
  }

  create(step: CreateStep, undo: UndoStack): Promise<void> {
    const isJob = step.container.kind === 'Job';
    if (isJob) this.#names.add(step.name);
    return (isJob ? this.foreground : this.#background).create(step, undo);
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
