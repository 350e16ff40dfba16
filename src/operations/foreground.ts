import { setImmediate } from 'node:timers/promises';
import type { AnyBackend, Backend, ContainerHandle } from '../backend/backend.ts';
import { ScError } from '../errors/error.ts';
import type { UndoStack } from '../execute/undo.ts';
import type { Hands } from '../execute/walk.ts';
import { SIGKILL } from '../linux/constants.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import type {
  CreateNetworkStep,
  CreateStep,
  CreateVolumeStep,
  ImageStep,
  RemoveStep,
  StartStep,
  StopStep,
  UpdateStep,
  WaitStep,
} from '../schema/plan.ts';
import { endedState } from '../state/ended.ts';
import { transition } from '../state/transitions.ts';
import { type Caller, say } from './caller.ts';
import { createContainer, referenceOf, refuseWithoutPower } from './create.ts';
import { forwardSignals } from './forward-signals.ts';
import { runHooks } from './hooks.ts';
import { nameImage } from './image/name-image.ts';
import { launch, type Preparation, recoverCommand } from './launch.ts';
import { takeLeftPidFile } from './left-pid-file.ts';
import { logPlace } from './log-place.ts';
import type { Listeners } from './output.ts';
import type { Record } from './record/record.ts';
import { erase, eraseReplaced, ignoreGone } from './recover.ts';
import { tellPorts, withdrawPorts } from './tell-ports.ts';
import { attend, refuseWithoutTerminal } from './terminal.ts';
import { tellUnknownEnd } from './unknown-end.ts';
import type { Workplace } from './workplace.ts';

/** After a loss of power such a record would only tell of a container that is gone. */
const VOLATILE = { durable: false };

interface Prepared {
  state: ContainerState;
  /** Whose cleaning up after this process is needed no more. */
  release: () => void;
  request: Preparation;
}

interface Running {
  state: ContainerState;
  request: Preparation;
  handle: ContainerHandle;
  /** Whether the caller can leave it by its detach keys. */
  isLeavable: boolean;
  /** Resolves when all that it has written is at the caller's. */
  written: () => Promise<void>;
  /** Nothing of the caller's is passed on any more. */
  release: () => void;
  /** Resolves when the hooks of its start have ended. */
  hooks: Promise<void>;
}

/** What containers of steps leave is deleted when their Job is over, or with this process. */
type Command = 'run' | 'apply' | 'steps';

/** Runs Jobs on the streams of the caller, to whom they belong: they end with it. */
export class Foreground implements Hands {
  readonly ended: Ended[] = [];
  /** Those that the caller has left, and that run on. */
  readonly left: ContainerName[] = [];
  interrupted: string | undefined;
  /** IDs of those whose hooks of the end have been run. */
  readonly #over = new Set<string>();
  readonly #interruption = new AbortController();
  readonly #place: Workplace;
  readonly #caller: Caller;
  readonly #record: Record | undefined;
  readonly #command: Command;
  readonly #prepared = new Map<string, Prepared>();
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Map<string, Listeners>();
  readonly #forwarding: ReturnType<typeof forwardSignals>;
  /** Name of the container that hears the signals. */
  #aimedAt = '';

  /**
   * Listens for signals from now until `close`, so that none ends sc while there is something to undo.
   * `record` is of the one container that there is then.
   */
  constructor(place: Workplace, caller: Caller, command: Command, record?: Record) {
    this.#place = place;
    this.#caller = caller;
    this.#record = record;
    this.#command = command;
    this.#forwarding = forwardSignals(caller.signals, {
      onEnding: (signal) => {
        this.interrupted ??= signal;
        this.#interruption.abort();
      },
      onLastRequest: (signal) => say(caller, `${signal} for the third time: "${this.#aimedAt}" is killed`),
    });
  }

  /** Aborted by the first signal that asks for the end. */
  get interruption(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Before it is started: who hears what a container writes, beside the caller. */
  listen(name: string, listeners: Listeners): void {
    this.#listeners.set(name, listeners);
  }

  close(): void {
    this.#forwarding.stop();
    this.#record?.close();
  }

  image(step: ImageStep, undo: UndoStack): Promise<void> {
    return nameImage(this.#place, step, undo);
  }

  async update({ name }: UpdateStep): Promise<void> {
    throw new ScError('SC_INTERNAL', `update "${name}": a Job is made anew`);
  }

  async stop({ name }: StopStep): Promise<void> {
    throw new ScError('SC_INTERNAL', `stop "${name}": a Job that runs is nobody else's`);
  }

  async remove({ id }: RemoveStep): Promise<void> {
    await eraseReplaced(this.#place, id);
  }

  async create({ container }: CreateStep, undo: UndoStack): Promise<void> {
    refuseWithoutTerminal(
      container,
      this.#caller,
      this.#command === 'run' ? 'without -t' : 'without terminal.tty',
    );
    refuseWithoutPower(container.name);
    const backend = await this.#place.backend();
    await this.#record?.begin(backend, await this.#place.storage());
    const release = this.#guard(backend);
    undo.push(container.name, async () => release());
    const { state, request } = await createContainer(this.#place, container, undo);
    this.#prepared.set(container.name, { state, release, request });
    // Node tells of the signals that have come meanwhile only between two turns.
    await setImmediate();
  }

  async createNetwork(step: CreateNetworkStep, undo: UndoStack): Promise<void> {
    const { makePlannedNetwork } = await import('./network/make.ts');
    await makePlannedNetwork(this.#place, step, undo);
  }

  async createVolume(step: CreateVolumeStep, undo: UndoStack): Promise<void> {
    const { makePlannedVolume } = await import('./volume/provide.ts');
    await makePlannedVolume(this.#place, step, undo);
  }

  async start({ name }: StartStep, undo: UndoStack): Promise<void> {
    const { state, request, release: releaseGuard } = take(this.#prepared, name);
    const backend = await this.#place.backend();
    const mark = this.#record?.mark;
    const marked = { ...request, ...(mark !== undefined && { mark }) };
    const isLeavable = this.#isLeavable(state.spec, backend);
    const log = isLeavable ? logPlace(this.#place.store, state) : undefined;
    const { handle, written, stopInput, published } = await launch(
      backend,
      this.#place,
      this.#caller,
      marked,
      {
        log,
        endpoints: state.endpoints,
        listeners: this.#listeners.get(name),
      },
    );
    undo.push(name, async () => {
      await end(handle);
      await this.#endHooks(state);
    });
    // From now on the keeper cleans up.
    releaseGuard();
    const stopRelay = handle.relayRealTimeSignals();
    const release = () => {
      this.#forwarding.rest(handle);
      stopRelay();
      stopInput();
    };
    undo.push(name, async () => release());
    this.#aimedAt = name;
    this.#forwarding.aim(handle);

    const begun: Partial<ContainerState> = {
      ...referenceOf('keeper', handle.keeperPid),
      ...referenceOf('init', handle.pid),
      ...published,
      startedAt: new Date().toISOString(),
    };
    if (published?.ports) undo.push(name, async () => withdrawPorts(this.#place, { ...state, ...begun }));
    if (published?.ports) await tellPorts(this.#caller, name, published.ports);
    const begin = (now: ContainerState) => ({ ...now, ...begun, status: transition(now, 'launch') });
    // The program may have filled the disk already. It runs all the same, and its keeper knows of it.
    const unrecorded = await failureOf(() => this.#place.store.update(state.id, begin, VOLATILE));
    if (unrecorded !== undefined && unrecorded.errno !== 'ENOSPC') throw unrecorded;
    const begunState = { ...state, ...begun };
    const hooks = this.#runHooks('poststart', begunState);
    const running = { request, handle, isLeavable, written, release, hooks };
    this.#running.set(name, { state: begunState, ...running });
  }

  /** Cleans up if this process is killed before there is a keeper to do so. Releasing twice does nothing. */
  #guard(backend: Backend): () => void {
    const argv = recoverCommand(this.#caller, this.#place.settings);
    let release = argv === undefined ? () => {} : backend.guard(argv);
    return () => {
      release();
      release = () => {};
    };
  }

  async wait({ name }: WaitStep): Promise<void> {
    const { state, request, handle, written, release, isLeavable, hooks } = take(this.#running, name);
    const kill = () => handle.kill(SIGKILL);
    this.#caller.abort?.addEventListener('abort', kill);
    const leave = async () => (await import('./leave.ts')).leaveContainer(this.#place, state, handle);
    const { detachKeys } = state.spec.terminal;
    try {
      const leaving = isLeavable ? { detachKeys, leave } : undefined;
      const how = await attend(handle, this.#caller, state.spec, leaving);
      await hooks;
      if (how === 'left') this.left.push({ id: state.id, name });
      else {
        const [exit] = await Promise.all([handle.wait(), written()]);
        this.ended.push(await this.#finish(state, request, exit));
      }
    } finally {
      this.#caller.abort?.removeEventListener('abort', kill);
      release();
    }
  }

  /** Of what is applied others wait for the end; what is recorded is watched by this process. */
  #isLeavable({ terminal }: ContainerSpec, backend: AnyBackend): boolean {
    const hasKeys = terminal.tty && terminal.stdin && terminal.detachKeys !== '';
    const canLeave = this.#command === 'run' && this.#record === undefined;
    return canLeave && hasKeys && backend.adopt !== undefined;
  }

  #runHooks(point: Parameters<typeof runHooks>[1], state: ContainerState): Promise<void> {
    return runHooks(this.#place, point, state, (words) => say(this.#caller, words));
  }

  /** Once for each container, whether it has ended by itself or is ended since something else has failed. */
  async #endHooks(state: ContainerState): Promise<void> {
    if (this.#over.has(state.id)) return;
    this.#over.add(state.id);
    await this.#runHooks('poststop', state);
  }

  async #finish(state: ContainerState, request: Preparation, exit: ExitStatus): Promise<Ended> {
    const { id, name, startedAt = state.createdAt } = state;
    const finishedAt = new Date().toISOString();
    const removeOnExit = state.spec.removeOnExit && this.#command !== 'steps';
    const unrecorded = await failureOf(async () =>
      this.#record?.finish(request, exit, await this.#place.storage()),
    );
    if (unrecorded !== undefined) say(this.#caller, unrecorded.message);
    const finish = (now: ContainerState) => endedState(now, { exit, finishedAt });
    let told = exit;
    const failure = await failureOf(async () => {
      // Its keeper, which takes all away, was killed.
      if (exit.cause === 'unknown') {
        await (await this.#place.backend()).cleanUp(id);
        takeLeftPidFile(state);
      }
      await this.#endHooks(state);
      const { store } = this.#place;
      // Others may have been published meanwhile.
      if (state.endpoints) await withdrawPorts(this.#place, (await ignoreGone(store.find(id))) ?? state);
      const end = await ignoreGone(removeOnExit ? store.find(id).then(finish) : store.update(id, finish));
      told = end?.exit ?? exit;
      if (removeOnExit) await erase(this.#place, state, { exit: told });
    });
    tellUnknownEnd(this.#caller, name, told);
    // As on a full disk. Its end and what it wrote stand, and the next command does what is left to do.
    if (failure !== undefined) say(this.#caller, `"${name}" has ended, but: ${failure.message}`);
    return { id, name, exit: told, startedAt, finishedAt, removed: removeOnExit && failure === undefined };
  }
}

/** What goes wrong outside of sc itself is answered, and a fault of its own thrown. */
async function failureOf(action: () => Promise<unknown>): Promise<ScError | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    if (error instanceof ScError && error.code !== 'SC_INTERNAL') return error;
    throw error;
  }
}

function take<Value>(values: Map<string, Value>, name: string): Value {
  const value = values.get(name);
  values.delete(name);
  if (value !== undefined) return value;
  throw new ScError('SC_INTERNAL', `container "${name}": a step of the plan is missing`);
}

async function end(handle: ContainerHandle): Promise<void> {
  handle.kill(SIGKILL);
  await handle.wait();
}
