import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Backend } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import { bootId } from '../linux/boot.ts';
import { processIsAlive } from '../linux/process.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ContainerList } from '../state/container-list.ts';
import { durabilityOf } from '../state/durability.ts';
import { hasStarted, isTended, untendedState } from '../state/observe.ts';
import { dueRestart } from '../state/restarts.ts';
import { storeOf } from '../volume/place.ts';
import { isLeftStill, letGoOn } from './hold-still.ts';
import { runHooks } from './hooks.ts';
import { takeLeftPidFile } from './left-pid-file.ts';
import { removeVolatileLog } from './log-place.ts';
import type { MonitorCaller } from './monitor.ts';
import { letGoOfPorts, withdrawPorts } from './tell-ports.ts';
import type { Workplace } from './workplace.ts';

/** How long a keeper without runner gets to end its container, in milliseconds. It takes a few. */
const PATIENCE = 2_000;

/** In milliseconds: in which a keeper that has lost its runner has recorded the end. */
const MOMENT = 300;

interface Recovered extends ContainerList {
  /** What could not be finished now, and is tried again next time. */
  failures: Error[];
}

/** The containers that there are when what dead runners have left undone is finished. A look at every record. */
export async function recover(place: Workplace, caller?: MonitorCaller): Promise<Recovered> {
  const failures = await finishAbandoned(place, caller);
  return { ...(await place.store.list()), failures };
}

/**
 * Finishes what dead runners have left undone: a container that never ran disappears, one that ran gets
 * its end recorded, or disappears too where its runner would have deleted it. Answers what could not be
 * finished now, and is tried again next time. Every operation on containers begins with this, outside of
 * what it does with one of them exclusively; where nothing may be written it has no effect.
 * What a dead monitor was to do is for a new one, which is started where the `caller` is a program that can.
 */
export async function finishAbandoned(place: Workplace, caller?: MonitorCaller): Promise<Error[]> {
  if (!place.isWritable()) return [];
  const failures: Error[] = [];
  const attempt = async <Answer>(action: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await action();
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  };
  const tell = (words: string) => void failures.push(new ScError('SC_SYSTEM_CALL', words));
  let isMonitorNeeded = false;
  for (const abandoned of await place.store.abandoned()) {
    const state = await attempt(() => place.store.recall(abandoned));
    const left = state && (await attempt(() => finish(place, state, tell)));
    if (left !== undefined && needsMonitor(left)) isMonitorNeeded = true;
  }
  if (isMonitorNeeded && caller?.self !== undefined) await attempt(() => summonMonitor(place, caller));
  await tidy(place);
  return failures;
}

/** Whether something is to be done with a container that only a monitor does. */
function needsMonitor(state: ContainerState): boolean {
  const isChecked = isKept(state) && state.spec.monitor.health !== undefined;
  return isChecked || dueRestart(state, bootId(), Date.now()) !== undefined;
}

/**
 * Sees to it that somebody is there who starts a container that is due. Answers whether somebody is: not where nobody
 * is left, and nothing may be written or the `caller` is no program that can start a monitor.
 */
export async function ensureAttended(
  place: Workplace,
  state: ContainerState,
  caller: MonitorCaller,
): Promise<boolean> {
  if (isAttended(state)) return true;
  if (!place.isWritable() || caller.self === undefined) return false;
  await summonMonitor(place, caller);
  return true;
}

/** Starts one, or finds one that has not heard of what is to be done. */
async function summonMonitor(place: Workplace, caller: MonitorCaller): Promise<void> {
  const { askMonitor } = await import('./monitor.ts');
  await askMonitor(place, caller, { operation: 'adopt', request: {}, validate: () => true });
}

/** What no record names any more is nobody's failure: it is tried again next time. */
async function tidy(place: Workplace): Promise<void> {
  try {
    await place.store.tidy();
    await (await place.storage()).tidy();
    if (existsSync(storeOf(place.settings.root))) await (await place.volumes()).tidy();
  } catch (error) {
    if (!(error instanceof ScError) || error.code === 'SC_USAGE') throw error;
  }
}

/**
 * The same for one container; undefined where it is gone. Waits for an operation that has the container to
 * itself, and so is not for use in one.
 */
export async function finish(
  place: Workplace,
  state: ContainerState,
  tell: (message: string) => void = () => undefined,
): Promise<ContainerState | undefined> {
  if (isSettled(state) && !isLeftStill(state)) return state;
  const { id } = state;
  return ignoreGone(
    place.store.exclusively(id, async () => {
      // Whoever was here before us may have done it, or have begun something new.
      const found = await place.store.find(id);
      const now = isLeftStill(found) ? await letGoOn(place, found) : found;
      return isSettled(now) ? now : settle(place, now, tell);
    }),
  );
}

/** Nothing is left to do, or somebody is there who will do it. */
function isSettled(state: ContainerState): boolean {
  return isAttended(state) || (state.status === 'stopped' && !isForDeletion(state));
}

async function settle(
  place: Workplace,
  state: ContainerState,
  tell: (message: string) => void,
): Promise<ContainerState | undefined> {
  if (!(await hasKeeperEnded(state))) return runsOn(place, state);
  const backend = await place.backend(state.backend);
  // It may have been started by who was killed before it was recorded.
  await backend.keeperGone?.(place.store.directory(state.id));
  await backend.cleanUp(state.id);
  takeLeftPidFile(state);
  // Not of one that nobody has begun to start, or that is only to be deleted still.
  if (!['creating', 'stopped'].includes(state.status)) await runHooks(place, 'poststop', state, tell);
  const { detached = false } = state;
  // Who asked for a detached one has heard that it did not start.
  const hasNeverRun = !hasStarted(state) && (detached || !(await hasRun(place, state, backend)));
  await withdrawPorts(place, state);
  const record = backend.readExit(place.store.directory(state.id));
  const end = untendedState(state, record);
  if (hasNeverRun || isForDeletion(end)) {
    await erase(place, state, { volumes: hasNeverRun, ...(!hasNeverRun && end.exit && { exit: end.exit }) });
    return undefined;
  }
  return place.store.update(state.id, (now) => untendedState(now, record));
}

/**
 * Between the start of its program and the record of it, sc may die: then its keeper tells of its end in a
 * moment. Nobody but the keeper knows in which of the two cases we are, so that it gets that moment.
 */
async function hasRun(place: Workplace, { id }: ContainerState, backend: Backend): Promise<boolean> {
  for (let waited = 0; waited < MOMENT; waited += 10) {
    if (backend.readExit(place.store.directory(id)) !== undefined) return true;
    await setTimeout(10);
  }
  return false;
}

interface Erasure {
  /** For one that has run and whose end is not recorded. */
  exit?: ExitStatus;
  /** Whether its volumes without a name go too, as they do with one that is removed when it ends. */
  volumes?: boolean;
}

/** Removes a container that no process belongs to: first what it wrote, then the record that names it. */
export async function erase(
  place: Workplace,
  state: ContainerState,
  { exit, volumes = false }: Erasure = {},
): Promise<void> {
  const { id, storageDriver, spec } = state;
  await (await place.storage(storageDriver)).remove(id);
  removeVolatileLog(id);
  if ((volumes || spec.removeOnExit) && hasAnonymousVolumes(state)) {
    const { removeAnonymous } = await import('./volume/remove-unused.ts');
    await removeAnonymous(place, state);
  }
  await withdrawPorts(place, state);
  await letGoOfPorts(state);
  // Who was taken off all of his networks has no places, and rules all the same.
  if (state.endpoints !== undefined || spec.network.egress !== undefined)
    await (await import('./endpoints.ts')).releaseEndpoints(place, spec, state.endpoints ?? []);
  await place.store.remove(id, { durable: durabilityOf(spec).durable, ...(exit && { exit }) });
}

/** The same of one that makes room for a new one: what a Job has had to itself goes, what is kept running takes it over. */
export async function eraseReplaced(place: Workplace, id: string): Promise<void> {
  const state = await place.store.find(id);
  await erase(place, state, { volumes: state.spec.kind === 'Job' });
}

function hasAnonymousVolumes({ spec }: ContainerState): boolean {
  return spec.mounts.some((mount) => mount.type === 'bind' && mount.volume?.anonymous);
}

/** One that is to be deleted when it has ended, and is not to be started again before. */
function isForDeletion({ spec, restarts }: ContainerState): boolean {
  return spec.removeOnExit && restarts?.nextAt === undefined;
}

/** Somebody is there who will do what is to be done, or nothing is as long as the container runs. */
export function isAttended(state: ContainerState): boolean {
  return isRunnerAlive(state) || isKept(state);
}

/** A detached container that runs, whoever launched it. */
function isKept(state: ContainerState): boolean {
  return state.detached === true && hasStarted(state) && isTended(state);
}

/** The runner of a container is there, and will do what is to be done. */
function isRunnerAlive({ bootId: boot, runner }: ContainerState): boolean {
  return boot === bootId() && processIsAlive(runner);
}

/** A keeper that has lost its runner kills the container and takes its groups away. Answers whether it is gone in time. */
async function hasKeeperEnded({ bootId: boot, keeper }: ContainerState): Promise<boolean> {
  if (keeper === undefined || boot !== bootId()) return true;
  for (let waited = 0; processIsAlive(keeper); waited += 10) {
    if (waited >= PATIENCE) return false;
    await setTimeout(10);
  }
  return true;
}

/** One with a terminal may have been left by a runner that died before it could record that (leave.ts). */
async function runsOn(place: Workplace, { id, name, spec, keeper }: ContainerState): Promise<ContainerState> {
  const { tty, stdin } = spec.terminal;
  if (tty && stdin) return place.store.update(id, (now) => ({ ...now, detached: true }));
  throw new ScError(
    'SC_WRONG_STATE',
    `clean up "${name}": its keeper ${keeper?.pid} lives without a runner`,
    { hint: `sc delete --force ${name}` },
  );
}

/** Somebody else may have finished or deleted the container in the same moment. */
export async function ignoreGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return undefined;
    throw error;
  }
}
