import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { openStore } from '../../src/state/store.ts';
import { openStorage } from '../../src/storage/registry.ts';
import { newState } from './states.ts';

type Restart = ContainerState['spec']['monitor']['restart'];

/** Where a state root is, and the image of its containers. */
export interface Left {
  root: string;
  rootfs: string;
}

/** When it was started, and how it had ended, in the earlier boot. */
export const startedAt = '2026-01-01T00:00:00.000Z';
export const stopped = {
  status: 'stopped',
  startedAt,
  finishedAt: startedAt,
  exit: { code: 0, cause: 'exit' },
} as const;

/**
 * A container as an earlier boot of the machine has left it; it writes a line to `/count` each time it runs. Who
 * reads it finds the overview missing too.
 */
export async function leaveFromOldBoot(
  { root, rootfs }: Left,
  restart: Partial<Restart>,
  changes: Partial<ContainerState> = {},
  args = ['sh', '-c', 'echo x >> /count; sleep 1000'],
): Promise<ContainerState> {
  const left = newState({ status: 'running', detached: true, bootId: 'before', name: 'web', ...changes });
  const image = { kind: 'directory', path: rootfs } as const;
  const state: ContainerState = {
    ...left,
    spec: {
      ...left.spec,
      kind: 'Container',
      image,
      process: { ...left.spec.process, args },
      monitor: { init: false, restart: { ...left.spec.monitor.restart, ...restart } },
      logging: { ...left.spec.logging, driver: 'file' },
      removeOnExit: false,
    },
  };
  await (await openStore(root)).create(state);
  const storage = await openStorage('overlay', join(root, 'storage'));
  await storage.prepare(state.id, image);
  rmSync(join(root, 'overview'), { recursive: true, force: true });
  return state;
}
