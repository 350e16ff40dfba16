import { isErrno } from '../linux/descriptor.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Workplace } from './workplace.ts';

/**
 * Records by `change` that somebody asks for the end of a container. A disk without room for it keeps nobody from
 * ending one that no policy starts again, or that is deleted: only the cause of its end is another then.
 */
export async function recordRequest(
  { store }: Workplace,
  { id, detached, spec }: ContainerState,
  change: (now: ContainerState) => ContainerState,
  { isDeleted = false } = {},
): Promise<void> {
  try {
    await store.update(id, change, { durable: false });
  } catch (error) {
    const isFull = isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT');
    const isStartedAgain = detached === true && spec.monitor.restart.policy !== 'never';
    if (!isFull || (isStartedAgain && !isDeleted)) throw error;
  }
}
