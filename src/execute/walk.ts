import { ScError } from '../errors/error.ts';
import type {
  CreateNetworkStep,
  CreateStep,
  CreateVolumeStep,
  DoStep,
  FinishStep,
  ImageStep,
  PlanStep,
  RemoveImageStep,
  RemoveNetworkStep,
  RemoveStep,
  RemoveVolumeStep,
  StartStep,
  StopStep,
  UpdateStep,
  WaitStep,
} from '../schema/plan.ts';
import { UndoStack } from './undo.ts';

/** Who does the steps, and says of each part that is done how it is undone. */
export interface Hands {
  /** The signal after which no further container is begun or started, once one has come. */
  readonly interrupted: string | undefined;
  /** Jobs of steps, which only a file has. */
  readonly jobs?: StepHands;
  /** Gives an image that is in the store its name. */
  image(step: ImageStep, undo: UndoStack): Promise<void>;
  /** Limits, restart policy and labels of a container that is there. */
  update(step: UpdateStep, undo: UndoStack): Promise<void>;
  stop(step: StopStep, undo: UndoStack): Promise<void>;
  /** One that is set aside goes when all is well, and comes back when not; one that is deleted at once does not. */
  remove(step: RemoveStep, undo: UndoStack): Promise<void>;
  create(step: CreateStep, undo: UndoStack): Promise<void>;
  createNetwork(step: CreateNetworkStep, undo: UndoStack): Promise<void>;
  /** When all is well; only a file has made some before. */
  removeNetwork?(step: RemoveNetworkStep, undo: UndoStack): Promise<void>;
  removeVolume?(step: RemoveVolumeStep, undo: UndoStack): Promise<void>;
  removeImage?(step: RemoveImageStep, undo: UndoStack): Promise<void>;
  createVolume(step: CreateVolumeStep, undo: UndoStack): Promise<void>;
  start(step: StartStep, undo: UndoStack): Promise<void>;
  /** The end of a container is a result, which stays. */
  wait(step: WaitStep): Promise<void>;
  /** Whether it has ended as its file expects, which only a file says. */
  judge?(step: WaitStep): Promise<void>;
}

/** Who does the steps of Jobs. */
export interface StepHands {
  step(step: DoStep, undo: UndoStack): Promise<void>;
  /** What a Job has made and nobody keeps is deleted. */
  finish(step: FinishStep, undo: UndoStack): Promise<void>;
}

/**
 * Does the steps of a plan in their order. Where one fails, what was done is undone, the last first, but
 * for the containers that have ended; the first error is thrown, the errors of the undoing beside it. Once
 * it is interrupted what runs is waited for, and what does not run yet is undone in the same way. Answers whether all
 * was done. With `held` what was done can still be undone by that, until it is settled. `onStep` hears of each as it is
 * begun.
 */
export async function walk(
  steps: readonly PlanStep[],
  hands: Hands,
  { held, onStep }: { held?: UndoStack | undefined; onStep?: (step: PlanStep) => void } = {},
): Promise<boolean> {
  const undo = held ?? new UndoStack();
  try {
    for (const step of steps) {
      if (step.kind !== 'wait' && hands.interrupted !== undefined) {
        await undo.all();
        return false;
      }
      onStep?.(step);
      await take(step, hands, undo);
    }
    if (held === undefined) await undo.settle();
    return true;
  } catch (error) {
    throw await undo.unwind(error);
  }
}

async function take(step: PlanStep, hands: Hands, undo: UndoStack): Promise<void> {
  switch (step.kind) {
    case 'step':
      return jobsOf(hands).step(step, undo);
    case 'finish':
      return jobsOf(hands).finish(step, undo);
    case 'image':
      return hands.image(step, undo);
    case 'remove':
      return hands.remove(step, undo);
    case 'update':
      return hands.update(step, undo);
    case 'stop':
      return hands.stop(step, undo);
    case 'create':
      return hands.create(step, undo);
    case 'createNetwork':
      return hands.createNetwork(step, undo);
    case 'removeNetwork':
      return hands.removeNetwork?.(step, undo);
    case 'removeVolume':
      return hands.removeVolume?.(step, undo);
    case 'removeImage':
      return hands.removeImage?.(step, undo);
    case 'createVolume':
      return hands.createVolume(step, undo);
    case 'start':
      return hands.start(step, undo);
    case 'wait':
      await hands.wait(step);
      undo.keep(step.name);
      await hands.judge?.(step);
      return;
    default:
      return step satisfies never;
  }
}

function jobsOf({ jobs }: Hands): StepHands {
  if (jobs !== undefined) return jobs;
  throw new ScError('SC_INTERNAL', 'do the steps of a Job: there are no hands for them');
}
