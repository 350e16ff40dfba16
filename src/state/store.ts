import { ScError } from '../errors/error.ts';
import { during } from '../errors/reason.ts';
import type { Durability } from '../linux/atomic-file.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { abandonedOf, recall } from './abandoned.ts';
import { Catalogue } from './catalogue.ts';
import { type ContainerList, listContainers } from './container-list.ts';
import { type Happening, happened } from './happened.ts';
import { checkName, isId, isName } from './id.ts';
import { Journal } from './journal.ts';
import { withOperationLock } from './operation-lock.ts';
import { type TakenRanges, takenRanges } from './ranges.ts';
import { readThere, renameRecord, updateRecord } from './record-change.ts';
import { locked } from './record-lock.ts';
import { identify, notFound } from './reference.ts';
import { type Removal, removeContainer } from './removal.ts';
import { checkRoot, makeRoot } from './root.ts';
import type { Abandoned } from './unsettled.ts';

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
    return this.#catalogue.directory(fullId(id));
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
    return listContainers(this.#catalogue);
  }

  /** Throws SC_NOT_FOUND, SC_AMBIGUOUS with the candidates, and SC_STATE_CORRUPT or SC_STATE_NEWER. */
  async find(reference: string): Promise<ContainerState> {
    return readThere(this.#catalogue, await this.identify(reference));
  }

  /** Full ID of the container that has a name, whatever its record says. */
  holder(name: string): string | undefined {
    return isName(name) ? this.#catalogue.holder(name) : undefined;
  }

  /** The container that has a name; undefined where there is none whose record can be used. */
  async named(name: string): Promise<ContainerState | undefined> {
    const id = this.holder(name);
    return id === undefined ? undefined : this.#catalogue.readable(id);
  }

  /** Whether there is a container with this full ID, whatever its record says. */
  has(id: string): boolean {
    return this.#catalogue.has(id);
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
    return updateRecord(this.#catalogue, this.#journal, { id: fullId(id), change, durability });
  }

  /**
   * Gives a container another name. Throws SC_EXISTS, naming the holder, for one that is taken, SC_USAGE if it
   * is no name, and SC_NOT_FOUND.
   */
  async rename(id: string, name: string): Promise<ContainerState> {
    checkName(name);
    return renameRecord(this.#catalogue, this.#journal, { id: fullId(id), name, durability: DURABLE });
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
  async remove(id: string, removal: Removal = {}): Promise<void> {
    await removeContainer(this.#catalogue, this.#journal, id, removal);
  }

  /**
   * Containers with which something was left to do by a process that is no more. The first to ask in a boot of
   * the machine waits for a look at every record.
   */
  async abandoned(): Promise<Abandoned[]> {
    return abandonedOf(this.#catalogue);
  }

  /** The record of an abandoned container; undefined, and it is so no more, where nothing is left to do. */
  async recall(abandoned: Abandoned): Promise<ContainerState | undefined> {
    return recall(this.#catalogue, abandoned);
  }

  /** Deletes what a killed one was removing. */
  async tidy(): Promise<void> {
    const { emptyAbandoned } = await import('../linux/removed.ts');
    await emptyAbandoned(this.#catalogue.containers);
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
}

function fullId(id: string): string {
  if (!isId(id)) throw new ScError('SC_INTERNAL', `look for container "${id}": it is no full ID`);
  return id;
}
