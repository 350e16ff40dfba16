import { removeLeftPidFile } from '../linux/pid-file.ts';
import type { ContainerState } from '../schema/container-state.ts';

/** Removes the pid file of a container that does not run, if its keeper was killed before it could. */
export function takeLeftPidFile({ id, spec, init }: Pick<ContainerState, 'id' | 'spec' | 'init'>): void {
  const { pidFile } = spec.monitor;
  if (pidFile !== undefined) removeLeftPidFile(id, pidFile, init);
}
