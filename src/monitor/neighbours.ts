import { NameDirectory } from '../network/names/directory.ts';
import { attachedTo, isInNetwork, recordOf } from '../operations/network/serve-names.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { EventType } from '../schema/operations/events.ts';
import { JournalReader, lastEvent } from '../state/journal-reader.ts';
import { complain } from './complaints.ts';
import { InTurn } from './in-turn.ts';

/** After these a container has another name, place or state. */
const CHANGES: ReadonlySet<EventType> = new Set([
  'created',
  'started',
  'stopped',
  'renamed',
  'deleted',
  'connected',
  'disconnected',
]);

/**
 * The containers of networks as they are by now: each is read when its network is learnt, and again when the journal of
 * events names it.
 */
export class Neighbours {
  readonly directory = new NameDirectory();
  readonly #place: Workplace;
  /** Networks that were learnt. */
  readonly #known = new Set<string>();
  /** So that what is known is as new as the last event that was read. */
  readonly #turns = new InTurn();
  #reader: JournalReader | undefined;

  constructor(place: Workplace) {
    this.#place = place;
  }

  /** No effect on a network that is known. */
  learn(network: string): Promise<void> {
    return this.#turns.do(async () => {
      // What happens from now on is told by events.
      this.#reader ??= this.#readerFromNowOn();
      if (this.#known.has(network)) return;
      for (const state of await attachedTo(this.#place, network))
        this.directory.put(state, isInNetwork(state));
      this.#known.add(network);
    });
  }

  /** Reads the events that have come, and the records of those that they name. */
  catchUp(): Promise<void> {
    const ids = this.#changed();
    return ids.size === 0 ? this.#turns.over() : this.#turns.do(() => this.#look(ids));
  }

  /** Who was killed with its keeper has recorded no end. */
  lookAtRunning(): Promise<void> {
    return this.#turns.do(() => this.#look(this.directory.running().map(({ id }) => id)));
  }

  close(): void {
    this.#reader?.close();
  }

  #changed(): Set<string> {
    try {
      const events = this.#reader?.read() ?? [];
      const meant = events.filter(({ type }) => CHANGES.has(type));
      return new Set(meant.flatMap(({ container }) => container?.id ?? []));
    } catch (error) {
      // Events are kept no more that were not read.
      complain('follow the events', error);
      this.#reader?.close();
      this.#reader = this.#readerFromNowOn();
      this.#known.clear();
      return new Set(this.directory.ids());
    }
  }

  #readerFromNowOn(): JournalReader {
    const { root } = this.#place.settings;
    return new JournalReader(root, lastEvent(root));
  }

  async #look(ids: Iterable<string>): Promise<void> {
    for (const id of ids) {
      const state = await recordOf(this.#place, id);
      if (state === undefined) this.directory.remove(id);
      else this.directory.put(state, isInNetwork(state));
    }
  }
}
