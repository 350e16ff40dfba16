import { bootId } from '../../src/linux/boot.ts';
import { processReference } from '../../src/linux/process.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { newId } from '../../src/state/id.ts';
import { spec } from './containers.ts';

/** The record of a container that this process has just begun to make. */
export function newState(changes: Partial<ContainerState> = {}): ContainerState {
  const id = changes.id ?? newId();
  const name = changes.name ?? `name-${id.slice(0, 12)}`;
  return {
    version: 1,
    id,
    name,
    status: 'creating',
    backend: 'native',
    storageDriver: 'overlay',
    bootId: bootId(),
    runner: processReference(process.pid),
    createdAt: new Date().toISOString(),
    spec: { ...spec(['true']), id, name },
    ...changes,
  };
}
