import type { ContainerHandle } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { errnoOf, failure } from '../errors/reason.ts';
import { SIGKILL } from '../linux/constants.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { claimed } from '../state/claimed.ts';
import { unchecked } from '../state/health.ts';
import { countedRestart } from '../state/restarts.ts';
import { baseOf } from './base.ts';
import { joinNetwork, namesOf, type ServeNames } from './container-network.ts';
import { referenceOf } from './create.ts';
import { detaching } from './detaching.ts';
import { runHooks } from './hooks.ts';
import { prepare, recoverCommand } from './launch.ts';
import { takeLeftPidFile } from './left-pid-file.ts';
import { logPlace, makeLog } from './log-place.ts';
import type { Workplace } from './workplace.ts';

interface DetachedLaunch {
  state: ContainerState;
  handle: ContainerHandle;
  /** The box in which its keeper holds its ports; the receiver closes it. */
  box?: number;
}

interface LaunchOptions {
  /** argv that starts this program once more. */
  self: readonly string[];
  hearLog: (errno: number) => void;
  /** Hears what is wrong with a hook. */
  tell: (message: string) => void;
  /** Whether that is what its restart policy says, and nobody has asked for it. */
  isRestart: boolean;
  serveNames: ServeNames;
  /** A box with ports that are held for it. */
  held?: number | undefined;
}

/**
 * Starts a container that is there and does not run, so that it lives on without this process. Only for who
 * has the container to itself (Store.exclusively).
 */
export async function launchDetached(
  place: Workplace,
  id: string,
  options: LaunchOptions,
): Promise<DetachedLaunch> {
  const before = await place.store.find(id);
  try {
    return await launch(place, before, options);
  } catch (error) {
    // It does not say itself what it was for.
    throw isSystemCall(error) ? failure('SC_SYSTEM_CALL', `start "${before.name}"`, error) : error;
  }
}

async function launch(
  place: Workplace,
  before: ContainerState,
  { self, hearLog, tell, isRestart, serveNames, held }: LaunchOptions,
): Promise<DetachedLaunch> {
  const { store } = place;
  const { id } = before;
  const backend = await detaching(place, before);
  const directory = store.directory(id);
  const log = logPlace(store, before);
  await backend.keeperGone(directory);
  makeLog(log);
  // Until it runs, what is known of an earlier run stays true.
  const claim = (now: ContainerState) => ({ ...claimed(now), detached: true });
  const state = await store.update(id, claim, { durable: false });
  const { spec, endpoints = [] } = state;
  const storage = await place.storage(before.storageDriver);
  const rootfs = await storage.open(id, baseOf(spec.image));
  const preparation = prepare(spec, rootfs, await namesOf(place, spec, endpoints), endpoints);
  const onAbandoned = recoverCommand({ self }, place.settings);
  const { rows, columns, tty } = spec.terminal;
  const { release, withdraw, published, ...joined } = await joinNetwork(
    place,
    state,
    endpoints,
    serveNames,
    held,
  );
  const launching = backend.launch({
    ...preparation,
    ...joined,
    stdio: { stdin: -1, stdout: -1, stderr: -1 },
    ...(tty && { windowSize: { rows, columns } }),
    recordDirectory: directory,
    detached: { log },
    hearLog,
    ...(onAbandoned !== undefined && { onAbandoned }),
  });
  const handle = await launching.catch(async (error) => {
    withdraw?.();
    release();
    takeLeftPidFile({ id, spec });
    await runHooks(place, 'poststop', state, tell);
    throw error;
  });
  const [box] = joined.holds ?? [];
  if (box === undefined) release();
  const begun = {
    ...published,
    ...referenceOf('keeper', handle.keeperPid),
    ...referenceOf('init', handle.pid),
    startedAt: new Date().toISOString(),
  };
  try {
    const begunState = await store.update(id, (now) => running(now, begun, isRestart));
    // Until here it would have ended with this process, as one that nobody knows of.
    handle.release();
    return { state: begunState, handle, ...(box !== undefined && { box }) };
  } catch (error) {
    handle.kill(SIGKILL);
    await handle.wait();
    withdraw?.();
    await runHooks(place, 'poststop', state, tell);
    if (box !== undefined) release();
    throw error;
  }
}

/** One of this process, and none of a container on its way. */
function isSystemCall(error: unknown): boolean {
  return error instanceof ScError ? error.code === 'SC_SYSTEM_CALL' : errnoOf(error) !== undefined;
}

/** Nothing of an earlier run is true any more. Who asks for a start gives the restart policy all of its tries. */
function running(state: ContainerState, begun: Partial<ContainerState>, isRestart: boolean): ContainerState {
  const {
    startedAt,
    finishedAt,
    exit,
    stopRequestedAt,
    killRequestedAt,
    health,
    setAside,
    restarts,
    portsSocket,
    ...rest
  } = state;
  const counted = isRestart ? countedRestart(restarts) : restarts && { total: restarts.total, inARow: 0 };
  return {
    ...rest,
    ...begun,
    status: 'running',
    ...(counted && { restarts: counted }),
    ...(rest.spec.monitor.health && { health: unchecked }),
  };
}
