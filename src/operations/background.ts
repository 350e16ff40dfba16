import { ScError } from '../errors/error.ts';
import { errorOf } from '../errors/fault.ts';
import type { UndoStack } from '../execute/undo.ts';
import type { Hands } from '../execute/walk.ts';
import type { StartResult } from '../schema/operations/start.ts';
import { validateResult } from '../schema/operations/validate-start.ts';
import type {
  CreateNetworkStep,
  CreateStep,
  CreateVolumeStep,
  ImageStep,
  RemoveImageStep,
  RemoveNetworkStep,
  RemoveStep,
  RemoveVolumeStep,
  StartStep,
  StopStep,
  UpdateStep,
  WaitStep,
} from '../schema/plan.ts';
import { transition } from '../state/transitions.ts';
import type { Caller } from './caller.ts';
import { createContainer, refuseWithoutPower } from './create.ts';
import { deleteContainers } from './delete.ts';
import { nameImage } from './image/name-image.ts';
import { askMonitor } from './monitor.ts';
import { openPorts } from './port.ts';
import { eraseReplaced, ignoreGone } from './recover.ts';
import { setAside } from './set-aside.ts';
import { tellPorts } from './tell-ports.ts';
import { changeTo } from './update.ts';
import type { Workplace } from './workplace.ts';

/** Containers that live on: made here, started and kept by the monitor. */
export class Background implements Hands {
  interrupted: string | undefined;
  readonly #place: Workplace;
  readonly #caller: Caller;
  readonly #start: (id: string) => Promise<unknown>;
  /** IDs of those that were not there before. */
  readonly #made = new Set<string>();

  /** `start` is for the monitor itself, which need not be asked. */
  constructor(
    place: Workplace,
    caller: Caller,
    start: (id: string) => Promise<unknown> = (id) => startByMonitor(place, caller, id),
  ) {
    this.#place = place;
    this.#caller = caller;
    this.#start = start;
  }

  image(step: ImageStep, undo: UndoStack): Promise<void> {
    return nameImage(this.#place, step, undo);
  }

  async update({ id, name, resources, restart, ports, labels }: UpdateStep, undo: UndoStack): Promise<void> {
    const change = {
      ...(resources && { resources }),
      ...(restart && { restart }),
      ...(ports && { ports }),
      ...(labels && { labels }),
    };
    const takeBack = await changeTo(this.#place, id, change);
    undo.push(id, takeBack);
    if (ports) await tellPorts(this.#caller, name, openPorts(await this.#place.store.find(id)));
  }

  async stop({ id }: StopStep, undo: UndoStack): Promise<void> {
    await this.#stop(id);
    // Another has its name and ports until then, and it may be in the network of one that has to come back first.
    undo.lastly(async () => {
      await this.#start(id);
    });
  }

  async #stop(id: string): Promise<void> {
    const { stop } = await import('./stop.ts');
    const { failures } = await stop({ containers: [id] }, this.#place.settings, this.#caller);
    const [failure] = failures;
    if (failure !== undefined) throw errorOf(failure.error);
  }

  async remove({ id, aside }: RemoveStep, undo: UndoStack): Promise<void> {
    const { status } = await this.#place.store.find(id);
    if (aside === undefined && status === 'stopped') return eraseReplaced(this.#place, id);
    if (aside === undefined) return this.#delete(id);
    await setAside(this.#place, id, aside, undo);
  }

  async create({ container }: CreateStep, undo: UndoStack): Promise<void> {
    refuseWithoutPower(container.name);
    const { state } = await createContainer(this.#place, container, undo, { detached: true });
    this.#made.add(state.id);
    await this.#place.store.update(state.id, (now) => ({ ...now, status: transition(now, 'create') }), {
      durable: false,
    });
  }

  async createNetwork(step: CreateNetworkStep, undo: UndoStack): Promise<void> {
    const { makePlannedNetwork } = await import('./network/make.ts');
    await makePlannedNetwork(this.#place, step, undo);
  }

  async removeNetwork({ name }: RemoveNetworkStep, undo: UndoStack): Promise<void> {
    const { removeUnused } = await import('./network/remove-unused.ts');
    // Who was attached to it may only be set aside until then.
    undo.later(() => removeUnused(this.#place, name));
  }

  async removeVolume({ name }: RemoveVolumeStep, undo: UndoStack): Promise<void> {
    const { removeUnused } = await import('./volume/remove-unused.ts');
    undo.later(() => removeUnused(this.#place, name));
  }

  async removeImage({ name }: RemoveImageStep, undo: UndoStack): Promise<void> {
    const { removeOwned } = await import('./image/owned.ts');
    undo.later(() => removeOwned(this.#place, name));
  }

  async createVolume(step: CreateVolumeStep, undo: UndoStack): Promise<void> {
    const { makePlannedVolume } = await import('./volume/provide.ts');
    await makePlannedVolume(this.#place, step, undo);
  }

  async start({ name }: StartStep, undo: UndoStack): Promise<void> {
    const { id } = await this.#place.store.find(name);
    // One that was there before is only stopped: what it has written is not of this start.
    undo.push(name, () => (this.#made.has(id) ? this.#delete(id) : this.#stop(id)));
    await this.#start(id);
    // One that is deleted when it ends may be gone by now.
    const { ports } = (await ignoreGone(this.#place.store.find(id))) ?? {};
    if (ports !== undefined) await tellPorts(this.#caller, name, ports);
  }

  async #delete(id: string): Promise<void> {
    await deleteContainers({ containers: [id], force: true, ignoreMissing: true }, this.#place.settings);
  }

  async wait({ name }: WaitStep): Promise<void> {
    throw new ScError('SC_INTERNAL', `wait for "${name}": it runs in the background`);
  }
}

async function startByMonitor(place: Workplace, caller: Caller, id: string): Promise<void> {
  const { failures } = await askMonitor<StartResult>(place, caller, {
    operation: 'start',
    request: { containers: [id] },
    validate: validateResult,
  });
  const [failure] = failures;
  if (failure !== undefined) throw errorOf(failure.error);
}
