import { existsSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import type { Durability } from '../linux/atomic-file.ts';
import { isErrno } from '../linux/descriptor.ts';
import type { ContainerState, ExitStatus } from '../schema/container-state.ts';
import { Catalogue } from './catalogue.ts';
import { ended, type Happening, happened, happening } from './happened.ts';
import { checkName, isId, isName } from './id.ts';
import { Journal } from './journal.ts';
import { withOperationLock } from './operation-lock.ts';
import { type TakenRanges, takenRanges } from './ranges.ts';
import { readRecord, writeRecord } from './record.ts';
import { identify, notFound } from './reference.ts';
import { checkRoot, makeRoot } from './root.ts';
import { type Abandoned, runnerOf } from './unsettled.ts';

export interface ContainerList {
  /** Oldest first. */
  containers: ContainerState[];
  /** Those whose record cannot be used: SC_STATE_CORRUPT or SC_STATE_NEWER. */
  broken: { id: string; error: ScError }[];
}

interface Removal extends Partial<Durability> {
  /** How it has ended, where its record does not say so. */
  exit?: ExitStatus;
}

/** What was acknowledged outlives a loss of power, unless the caller knows that it need not. */
const DURABLE: Durability = { durable: true };

/**
 * Opens the state of all containers below `root`, which is made with the first of them. Throws
 * SC_HOST_UNFIT for a root that others could have put there or can write to.
 */
export async function openStore(root: string): Promise<Store> {
  await during('SC_HOST_UNFIT', `use "${root}" for the state of containers`, () => checkRoot(root));
  return new Store(root);
}

/**
 * What is known of containers. Readers take no lock: records are replaced as a whole. Every method takes
 * full IDs, but for those that take a reference: a name, an ID, or the beginning of one.
 */
export class Store {
  readonly #root: string;
  readonly #catalogue: Catalogue;
  readonly #journal: Journal;

  constructor(root: string) {
    this.#root = root;
    this.#catalogue = new Catalogue(root);
    this.#journal = new Journal(root);
  }

  /** Where all that belongs to a container is kept (0700). */
  directory(id: string): string {
    if (!isId(id)) throw new ScError('SC_INTERNAL', `look for container "${id}": it is no full ID`);
    return this.#catalogue.directory(id);
  }

  /** Throws SC_EXISTS if another has the name, whoever came first, and SC_USAGE if it is no name. */
  async create(state: ContainerState, durability = DURABLE): Promise<void> {
    checkName(state.name);
    await during('SC_SYSTEM_CALL', `create container "${state.name}"`, async () => {
      makeRoot(this.#root);
      const { makeStore } = await import('../linux/removed.ts');
      makeStore(this.#catalogue.containers);
      await locked(this.#catalogue.containers, async () => {
        this.#catalogue.add(state, durability);
        await this.#journal.append(happened(undefined, state));
      });
      if (durability.durable) this.#catalogue.sync();
    });
  }

  async list(): Promise<ContainerList> {
    const containers: ContainerState[] = [];
    const broken: ContainerList['broken'] = [];
    for (const id of this.#catalogue.ids()) {
      try {
        const state = readRecord(this.directory(id), id);
        if (state !== undefined) containers.push(state);
      } catch (error) {
        if (!(error instanceof ScError)) throw error;
        broken.push({ id, error });
      }
    }
    containers.sort((left, right) => (left.createdAt < right.createdAt ? -1 : 1));
    return { containers, broken };
  }

  /** Throws SC_NOT_FOUND, SC_AMBIGUOUS with the candidates, and SC_STATE_CORRUPT or SC_STATE_NEWER. */
  async find(reference: string): Promise<ContainerState> {
    const id = await this.identify(reference);
    return this.#read(id);
  }

  /** The container that has a name; undefined where there is none whose record can be used. */
  async named(name: string): Promise<ContainerState | undefined> {
    const id = isName(name) ? this.#catalogue.holder(name) : undefined;
    return id === undefined ? undefined : this.#catalogue.readable(id);
  }

  /** The full ID of a container whose record may be broken. Throws SC_NOT_FOUND and SC_AMBIGUOUS. */
  async identify(reference: string): Promise<string> {
    return identify(this.#catalogue, reference);
  }

  /** Changes the record as it is at that moment, and answers the new one. The name stays. */
  async update(
    id: string,
    change: (state: ContainerState) => ContainerState,
    durability = DURABLE,
  ): Promise<ContainerState> {
    const directory = this.directory(id);
    const replace = async () => {
      const state = this.#read(id);
      const changed = change(state);
      if (changed.id !== id || changed.name !== state.name) {
        throw new ScError('SC_INTERNAL', `record container "${id}": its ID and name cannot change`);
      }
      const { unsettled } = this.#catalogue.overview;
      unsettled.begin(changed, state);
      writeRecord(directory, changed, durability);
      unsettled.end(state, changed);
      await this.#journal.append(happened(state, changed));
      return changed;
    };
    return this.#unlessGone(id, () =>
      during('SC_SYSTEM_CALL', `record container "${id}"`, () => locked(directory, replace)),
    );
  }

  /**
   * Gives a container another name. Throws SC_EXISTS, naming the holder, for one that is taken, SC_USAGE if it
   * is no name, and SC_NOT_FOUND.
   */
  async rename(id: string, name: string): Promise<ContainerState> {
    checkName(name);
    const { containers } = this.#catalogue;
    const directory = this.directory(id);
    const renameLocked = async () => {
      const state = this.#read(id);
      const renamed = this.#catalogue.rename(state, name, DURABLE);
      await this.#journal.append(happened(state, renamed));
      return renamed;
    };
    return this.#unlessGone(id, async () => {
      const renamed = await during('SC_SYSTEM_CALL', `rename container "${id}"`, () =>
        locked(containers, () => locked(directory, renameLocked)),
      );
      this.#catalogue.sync();
      return renamed;
    });
  }

  /**
   * Runs an operation on a container that no other may meet on its way, such as its start and its deletion,
   * one after another. The record can be read and changed meanwhile. Throws SC_NOT_FOUND for a container that
   * is gone when its turn comes, and SC_LOCKED when it does not come in time. In an operation that runs like
   * this the same must not be asked for again: it would wait for itself.
   */
  async exclusively<Result>(id: string, operation: () => Result | Promise<Result>): Promise<Result> {
    const isThere = () => this.#catalogue.has(id);
    const done = await withOperationLock(this.directory(id), isThere, operation);
    if (done === undefined) throw notFound(this.#catalogue, id);
    return done.result;
  }

  /**
   * Removes all that is known of a container; no effect where there is none. A record that cannot be read
   * is no obstacle, unless a newer sc wrote it: SC_STATE_NEWER.
   */
  async remove(id: string, { durable = true, exit }: Removal = {}): Promise<void> {
    if (!this.#catalogue.has(id)) return;
    const { containers } = this.#catalogue;
    const { discard, emptyRemoved } = await import('../linux/removed.ts');
    const withdraw = async () => {
      const state = this.#catalogue.readable(id);
      // Who waits for the end has to hear of it before there is nothing left to look at.
      if (state !== undefined && state.status !== 'stopped' && exit !== undefined)
        await this.#journal.append([ended({ ...state, exit })]);
      await this.#catalogue.withdraw(id, discard);
      await this.#journal.append([happening(state ?? { id, name: id }, 'deleted')]);
    };
    await during('SC_SYSTEM_CALL', `remove container "${id}"`, async () => {
      // Whoever changes the record at the same time has done so before it goes, or finds none.
      await locked(containers, async () => {
        if (this.#catalogue.has(id)) await locked(this.directory(id), withdraw);
      });
      if (durable) this.#catalogue.sync();
      await emptyRemoved(containers, id);
    });
  }

  /**
   * Containers with which something was left to do by a process that is no more. The first to ask in a boot of
   * the machine waits for a look at every record.
   */
  async abandoned(): Promise<Abandoned[]> {
    const { containers, overview } = this.#catalogue;
    if (!existsSync(containers)) return [];
    if (!overview.isWhole()) {
      await during('SC_SYSTEM_CALL', `look over "${containers}"`, () =>
        locked(containers, () => this.#catalogue.completeOverview()),
      );
    }
    return overview.unsettled.abandoned();
  }

  /** The record of an abandoned container; undefined, and it is so no more, where nothing is left to do. */
  async recall(abandoned: Abandoned): Promise<ContainerState | undefined> {
    const { id, runner } = abandoned;
    const state = this.#catalogue.readable(id);
    if (state !== undefined && runnerOf(state) === runner) return state;
    // Deleting it is what is left to do with a container whose record is broken.
    if (state === undefined && this.#catalogue.has(id)) return undefined;
    // It may have been on its way in, with a name already.
    if (state === undefined) await locked(this.#catalogue.containers, () => this.#catalogue.clear());
    this.#catalogue.overview.unsettled.forget(abandoned);
    return undefined;
  }

  /** Numbers of users and groups of the host that containers have. */
  async takenRanges(): Promise<TakenRanges> {
    const { overview } = this.#catalogue;
    if (!overview.isWhole()) return takenRanges((await this.list()).containers);
    return overview.ranges.taken(
      (id) => this.#catalogue.has(id),
      (id) => this.#catalogue.readable(id),
    );
  }

  /** Tells whoever listens of something that no record shows. */
  async tell(happening: Happening): Promise<void> {
    await this.#journal.append([happening]);
  }

  /** It may be removed before it is locked, or while it is written. */
  async #unlessGone<Result>(id: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (error) {
      if (isErrno(error, 'ENOENT') && !this.#catalogue.has(id)) throw notFound(this.#catalogue, id);
      throw error;
    }
  }

  #read(id: string): ContainerState {
    const state = readRecord(this.directory(id), id);
    if (state === undefined) throw notFound(this.#catalogue, id);
    return state;
  }
}

/** Locks are taken through libc, whose binding takes longer to load than a list of containers: only writers do. */
async function locked<Result>(path: string, action: () => Result): Promise<Result> {
  const { withLock } = await import('../linux/flock.ts');
  return withLock(path, action);
}
