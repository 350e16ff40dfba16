import type { Container, ContainerFile, Job } from '../schema/container-file.ts';

/** A document that is one container: kept running, or run to its end. */
export type Runnable = Container | Job;

export function isRunnable(value: ContainerFile): value is Runnable {
  return (value.kind === 'Container' || value.kind === 'Job') && !('steps' in value);
}
