import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, LaunchRequest } from '../../src/backend/backend.ts';
import { viewHost } from '../../src/backend/native/host.ts';
import { nativeBackend } from '../../src/backend/native/native.ts';
import type { Party } from '../party.ts';
import { residentParty } from '../party.ts';
import { benchContainer } from './container.ts';
import { recipe } from './recipe.ts';
import { cgroupPrefix, type Workshop } from './workshop.ts';

/** The native backend, called by a program that imports it. */
export function inProcessParty(workshop: Workshop, id?: string): Party {
  const backend = nativeBackend({ root: workshop.directory, cgroupParent: `/${cgroupPrefix}-native` });
  return backendParty('sc in process', backend, workshop, id);
}

/** What a container is given of a network for one start. */
export interface Joined extends Pick<LaunchRequest, 'interfaces' | 'holds'> {
  /** When it runs, and when it has ended. */
  started(): void;
  ended(): void;
}

/** A backend, called by a program that imports it: launch until nothing of the container is left. */
export function backendParty(
  name: string,
  backend: Backend,
  { rootfs }: Pick<Workshop, 'rootfs'>,
  id = 'b'.repeat(64),
  join?: () => Promise<Joined>,
): Party {
  const stream = openSync('/dev/null', 'r+');
  const stdio = { stdin: stream, stdout: stream, stderr: stream };
  const { container, ...request } = benchContainer(rootfs);
  return {
    name,
    async measure(count) {
      const durations: number[] = [];
      for (let index = 0; index < count; index++) {
        const from = performance.now();
        const { started, ended, ...joined } = (await join?.()) ?? {};
        const handle = await backend.launch({
          ...request,
          ...joined,
          container: { ...container, id },
          stdio,
        });
        started?.();
        const exit = await handle.wait();
        ended?.();
        durations.push(performance.now() - from);
        if (exit.code !== 0) throw new Error(`the container ended with ${JSON.stringify(exit)}`);
      }
      return durations;
    },
    end: async () => closeSync(stream),
  };
}

/**
 * C that makes the same system calls for the same container, with what it has of a `network`; at the same time only in a
 * `slot` of its own.
 */
export function limitParty(
  { directory, rootfs, limit }: Workshop,
  slot = '',
  network: readonly string[] = [],
): Party {
  const { container, etc } = benchContainer(rootfs);
  const host = viewHost(container, {
    cgroupParent: `/${cgroupPrefix}-limit${slot}`,
    cacheDirectory: join(directory, 'cache', 'seccomp'),
    sourceKind: () => 'directory',
  });
  const filter = join(directory, 'filter');
  writeFileSync(filter, host.seccompFilter ?? '');
  return residentParty({
    name: 'C',
    note: 'makes the same system calls, from a list, without keeper, report or record: the limit',
    argv: [limit, rootfs, filter],
    preamble: recipe(container, etc, host, network),
  });
}
