import type { Durability } from '../linux/atomic-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';

/**
 * What is to outlive a loss of power of a container that comes and goes. Of one that is deleted at its end, and is not
 * started again before, all that is left then is deleted by the next sc: so nobody waits for the disk, but for a record
 * that can be read, since by that it is found.
 */
export function durabilityOf({
  removeOnExit,
  monitor,
}: Pick<ContainerSpec, 'removeOnExit' | 'monitor'>): Durability {
  return { durable: !removeOnExit || monitor.restart.policy !== 'never', whole: true };
}
