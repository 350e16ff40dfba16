import type { Backend, LaunchRequest, LogTarget } from '../backend/backend.ts';
import { resolveIdentity } from '../identity/resolve.ts';
import type { NameResolution } from '../network/resolv-conf.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { Endpoint } from '../schema/container-state.ts';
import type { Rootfs } from '../storage/driver.ts';
import { type Caller, say } from './caller.ts';
import { joinNetwork } from './container-network.ts';
import { containerEnvironment } from './environment.ts';
import { etcFiles } from './etc-files.ts';
import { runHooks } from './hooks.ts';
import { takeLeftPidFile } from './left-pid-file.ts';
import type { Listeners } from './output.ts';
import type { Publication } from './publish.ts';
import type { Settings } from './settings.ts';
import { type OnStreams, onStreams } from './streams.ts';
import type { Workplace } from './workplace.ts';

/** What a backend is given to start a container, but for what comes from the caller. */
export type Preparation = Pick<
  LaunchRequest,
  'container' | 'rootfs' | 'identity' | 'mountOwners' | 'environment' | 'etc' | 'mark'
>;

/** Beside what a backend is given. */
interface LaunchOptions {
  /** What is kept where the caller leaves it, if it may. */
  log?: LogTarget | undefined;
  /** Its places in networks. */
  endpoints?: readonly Endpoint[] | undefined;
  /** Who hears what it writes, beside the caller. */
  listeners?: Listeners | undefined;
}

/** Looks up in the root filesystem who the process is. `names` is how it finds others (container-network.ts). */
export function prepare(
  container: ContainerSpec,
  rootfs: Rootfs,
  names: NameResolution,
  endpoints: readonly Endpoint[] = [],
): Preparation {
  const { user, additionalGroups } = container.process;
  const identity = resolveIdentity(user, layersOf(rootfs), additionalGroups);
  const environment = containerEnvironment(container, identity);
  const mountOwners = new Map(
    container.mounts.flatMap(({ owner }) =>
      owner === undefined ? [] : [[owner, resolveIdentity(owner, layersOf(rootfs))] as const],
    ),
  );
  const etc = etcFiles(container, names, endpoints[0]?.addresses);
  return { container, rootfs, identity, mountOwners, environment, etc };
}

/**
 * Starts a container on the streams of the caller, who may leave it where it has a terminal and `log` says what is
 * kept then. Errors are those of the backend.
 */
export async function launch(
  backend: Backend,
  place: Workplace,
  caller: Caller,
  preparation: Preparation,
  { log, endpoints = [], listeners }: LaunchOptions = {},
): Promise<OnStreams & { published?: Publication['record'] }> {
  const { container } = preparation;
  const onAbandoned = recoverCommand(caller, place.settings);
  const { release, withdraw, published, ...joined } = await joinNetwork(
    place,
    { ...container, spec: container },
    endpoints,
    async (networks) => (await import('./network/serve-names.ts')).askToServe(place, caller, networks),
  );
  try {
    const start: Parameters<typeof onStreams>[2] = (streams) =>
      backend.launch({
        ...preparation,
        ...joined,
        ...streams,
        recordDirectory: place.store.directory(container.id),
        ...(log !== undefined && { detached: { log, isAttended: true } }),
        ...(onAbandoned !== undefined && { onAbandoned }),
      });
    const started = await onStreams(caller, container.terminal, start, listeners);
    return { ...started, ...(published && { published }) };
  } catch (error) {
    withdraw?.();
    takeLeftPidFile({ id: container.id, spec: container });
    await runHooks(place, 'poststop', { ...container, spec: container }, (words) => say(caller, words));
    throw error;
  } finally {
    release();
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
