import { bootId } from '../linux/boot.ts';
import { processReference } from '../linux/process.ts';
import type { ContainerState } from '../schema/container-state.ts';

/**
 * A container that does not run, in the hands of this process from now on. That the machine was started again before
 * is no reason any more to start it, and the processes that it had are nobody's by now.
 */
export function claimed({ keeper, init, ...state }: ContainerState): ContainerState {
  return { ...state, bootId: bootId(), runner: processReference(process.pid) };
}
