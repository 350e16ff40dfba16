import { closeSync, openSync } from 'node:fs';
import type { Backend, ContainerHandle, LaunchRequest } from '../backend/backend.ts';
import { resolveIdentity } from '../identity/resolve.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Rootfs } from '../storage/driver.ts';
import type { Caller } from './caller.ts';
import { containerEnvironment } from './environment.ts';
import { etcFiles } from './etc-files.ts';
import { type Input, relayInput } from './input.ts';
import { relayOutput } from './output.ts';
import type { Settings } from './settings.ts';
import { callerWindowSize } from './terminal.ts';
import type { Workplace } from './workplace.ts';

/** Of a terminal at which nobody looks. */
const UNSEEN = { rows: 24, columns: 80 };

/** What a backend is given to start a container, but for what comes from the caller. */
export type Preparation = Pick<
  LaunchRequest,
  'container' | 'rootfs' | 'identity' | 'mountOwners' | 'environment' | 'etc' | 'mark'
>;

/** Looks up in the root filesystem who the process is. */
export function prepare(container: ContainerSpec, rootfs: Rootfs): Preparation {
  const { user, additionalGroups } = container.process;
  const identity = resolveIdentity(user, layersOf(rootfs), additionalGroups);
  const environment = containerEnvironment(container, identity);
  const mountOwners = new Map(
    container.mounts.flatMap(({ owner }) =>
      owner === undefined ? [] : [[owner, resolveIdentity(owner, layersOf(rootfs))] as const],
    ),
  );
  return { container, rootfs, identity, mountOwners, environment, etc: etcFiles(container) };
}

/** A container on the streams of the caller. */
export interface Launched {
  handle: ContainerHandle;
  /** Resolves when all that it has written is at the caller's. */
  written: () => Promise<void>;
  /** Reads nothing more of the caller's. */
  stopInput: () => void;
}

/** Starts a container on the streams of the caller. Errors are those of the backend. */
export async function launch(
  backend: Backend,
  { store, settings }: Workplace,
  caller: Caller,
  preparation: Preparation,
): Promise<Launched> {
  const { id, terminal } = preparation.container;
  const onAbandoned = recoverCommand(caller, settings);
  // The container has a copy of its own when the launch is over.
  const nothing = openSync('/dev/null', 'r');
  const output = terminal.tty ? undefined : relayOutput(caller);
  let input: Input | undefined;
  try {
    input = terminal.stdin && !terminal.tty ? relayInput(caller) : undefined;
    const handle = await backend.launch({
      ...preparation,
      stdio: {
        stdin: input?.stdin ?? nothing,
        stdout: output?.stdout ?? nothing,
        stderr: output?.stderr ?? nothing,
      },
      ...(terminal.tty && { windowSize: callerWindowSize(caller) ?? UNSEEN }),
      recordDirectory: store.directory(id),
      ...(onAbandoned !== undefined && { onAbandoned }),
    });
    return { handle, written: async () => output?.done(), stopInput: () => input?.close() };
  } catch (error) {
    input?.close();
    throw error;
  } finally {
    input?.release();
    output?.release();
    closeSync(nothing);
  }
}

/** The command that cleans up after dead runners, if the caller is a program that has it. */
export function recoverCommand({ self }: Pick<Caller, 'self'>, { root }: Settings): string[] | undefined {
  return self === undefined ? undefined : [...self, 'recover', '--root', root];
}

/** Of the topmost filesystem, where /etc is, with what the container itself has written to it earlier. */
function layersOf({ mounts }: Rootfs): string[] {
  const root = mounts.find(({ target }) => target === '/');
  if (root === undefined) return [];
  return root.type === 'overlay' ? [root.upper, ...root.lower] : [root.source];
}
