import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { UndoStack } from '../../execute/undo.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { Plan } from '../../schema/plan.ts';
import { type Held, Snapshots } from '../../volume/snapshots.ts';
import type { Volumes } from '../../volume/volumes.ts';
import { type Caller, say } from '../caller.ts';
import type { Workplace } from '../workplace.ts';
import { newSnapshotName } from './snapshot.ts';
import { withUsersAlone, withUsersStill } from './still.ts';
import { volumeMounts, volumeUsers } from './users.ts';

/**
 * What volumes held before a plan is carried out, for as long as that can be undone: those that were there, that its
 * containers can change, and that no other container mounts, whose writing would be undone with theirs. Each is copied
 * before anything is done, which finds a disk that is full, and anew before the first of these containers comes to it
 * where others have run: what those have written until then stays.
 */
export class VolumesBefore {
  readonly #place: Workplace;
  readonly #caller: Caller;
  readonly #volumes: Volumes;
  /** Those that were there, and whether anybody had mounted them. */
  readonly #known: ReadonlyMap<string, { isUsed: boolean }>;
  /** IDs of the containers that the plan makes, starts, stops or removes. */
  readonly #ours: Set<string>;
  readonly #held = new Map<string, Held>();
  /** Of those that are held: to which somebody can have written since. */
  readonly #stale = new Set<string>();
  /** Those that others mount. */
  readonly #left = new Set<string>();
  /** Those to which a container of the plan has come. */
  readonly #reached = new Map<string, Promise<void>>();

  private constructor(place: Workplace, caller: Caller, volumes: Volumes, ours: Iterable<string>) {
    this.#place = place;
    this.#caller = caller;
    this.#volumes = volumes;
    this.#known = new Map(volumes.list().volumes.map(({ spec, isUsed }) => [spec.name, { isUsed }]));
    this.#ours = new Set(ours);
  }

  /** Tells the caller which stay as they will be. Throws SC_STORAGE_FAILED where there is no room; nothing is left then. */
  static async take(place: Workplace, caller: Caller, plan: Plan): Promise<VolumesBefore> {
    const containers = await startedBy(place, plan);
    const ids = plan.steps.flatMap((step) =>
      step.kind === 'stop' || step.kind === 'remove' ? [step.id] : [],
    );
    const ours = [...ids, ...containers.map(({ id }) => id)];
    const before = new VolumesBefore(place, caller, await place.volumes(), ours);
    try {
      for (const name of new Set(containers.flatMap((container) => before.#changedBy(container))))
        await before.#take(name);
    } catch (error) {
      await before.letGo();
      const hint = 'nothing was changed: make room for a copy of the volume, or leave out --atomic';
      if (!(error instanceof ScError) || error.code !== 'SC_STORAGE_FAILED') throw error;
      const { code, message, errno } = error;
      throw new ScError(code, message, { cause: error, hint, ...(errno !== undefined && { errno }) });
    }
    return before;
  }

  /** Whether what is written to a volume is undone where something fails. */
  has(name: string): boolean {
    return this.#held.has(name);
  }

  /** A container of the plan is about to be made or started. */
  async reach(container: ContainerSpec): Promise<void> {
    this.#ours.add(container.id);
    for (const name of this.#changedBy(container)) {
      const reached = this.#reached.get(name) ?? this.#takeAnew(name);
      this.#reached.set(name, reached);
      await reached;
    }
  }

  /**
   * Has the volumes to which containers of the plan came hold what they held, when these are gone. One that cannot be
   * restored keeps that as a snapshot, which the error names.
   */
  async restore(): Promise<void> {
    const all = new UndoStack();
    for (const name of this.#reached.keys()) all.lastly(() => this.#restore(name));
    await all.all();
  }

  /** What cannot be removed now is by who comes next. */
  async letGo(): Promise<void> {
    for (const held of this.#held.values()) await held.letGo().catch(() => undefined);
    this.#held.clear();
  }

  /** By writing, or by being the first that mounts it. */
  #changedBy({ mounts }: ContainerSpec): string[] {
    const changed = volumeMounts(mounts).filter(({ volume, readOnly }) => {
      const known = this.#known.get(volume.name);
      return known !== undefined && !(readOnly && known.isUsed);
    });
    return changed.map(({ volume }) => volume.name);
  }

  async #take(name: string): Promise<void> {
    const users = await this.#users(name);
    const other = this.#otherOf(users);
    if (other !== undefined) {
      this.#left.add(name);
      const why = `container "${other.name}", which is neither made nor started, mounts it too`;
      say(this.#caller, `what is written to volume "${name}" is not undone if something fails: ${why}`);
      return;
    }
    const snapshots = new Snapshots(this.#place.settings.root, this.#volumes, name);
    this.#held.set(name, await withUsersStill(this.#place, name, () => snapshots.hold()));
    if (users.some(({ status }) => status !== 'stopped')) this.#stale.add(name);
  }

  /** The earlier one goes first: then there is room. */
  async #takeAnew(name: string): Promise<void> {
    const held = this.#held.get(name);
    if (this.#left.has(name) || (held !== undefined && !this.#stale.has(name))) return;
    this.#held.delete(name);
    await held?.letGo();
    await this.#take(name);
  }

  async #restore(name: string): Promise<void> {
    const held = this.#held.get(name);
    if (held === undefined) return;
    const words = `restore volume "${name}"`;
    try {
      await withUsersAlone(this.#place, name, words, (check) =>
        held.restore(async () => {
          await this.#refuseOthers(name, words);
          await check();
        }),
      );
    } catch (error) {
      throw await this.#keep(name, held, error);
    }
    say(this.#caller, `volume "${name}" holds what it held before`);
  }

  /** Somebody has come to mount it meanwhile, running or not. */
  async #refuseOthers(name: string, words: string): Promise<void> {
    const other = this.#otherOf(await this.#users(name));
    if (other === undefined) return;
    const why = `container "${other.name}", which is ${other.status} and not of the file, mounts it since`;
    throw new ScError('SC_WRONG_STATE', `${words}: ${why}`);
  }

  /** Answers why it was not restored, with what can be done instead. */
  async #keep(name: string, held: Held, error: unknown): Promise<unknown> {
    const snapshot = `before-apply-${newSnapshotName()}`;
    try {
      await held.keep(snapshot);
    } catch (undo) {
      const errors = undo instanceof Error ? [undo] : [];
      return failure('SC_STORAGE_FAILED', `volume "${name}" stays as it is`, error, errors);
    }
    const code = error instanceof ScError ? error.code : 'SC_STORAGE_FAILED';
    const message = error instanceof Error ? error.message : String(error);
    return new ScError(code, `${message}; what it held before is its snapshot "${snapshot}"`, {
      cause: error,
      hint: `when no container runs that mounts it: sc volume restore ${name} ${snapshot}`,
    });
  }

  #otherOf(users: readonly ContainerState[]): ContainerState | undefined {
    return users.find(({ id }) => !this.#ours.has(id));
  }

  async #users(name: string): Promise<ContainerState[]> {
    return volumeUsers(await this.#place.store.list()).get(name) ?? [];
  }
}

/** The containers that a plan makes, and those that are there and are started. */
async function startedBy({ store }: Workplace, { steps }: Plan): Promise<ContainerSpec[]> {
  const made = steps.flatMap((step) => ('container' in step && step.container ? [step.container] : []));
  const names = new Set(made.map(({ name }) => name));
  const others = steps.flatMap((step) => (step.kind === 'start' && !names.has(step.name) ? [step.name] : []));
  const found = await Promise.all(others.map((name) => store.find(name)));
  return [...made, ...found.map(({ spec }) => spec)];
}
