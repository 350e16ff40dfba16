import { ScError } from '../errors/error.ts';
import { isErrno } from '../linux/descriptor.ts';
import { FileChanges } from '../linux/file-changes.ts';
import { letThrough } from '../network/egress.ts';
import { NameDirectory } from '../network/names/directory.ts';
import { Forwarder } from '../network/names/forwarder.ts';
import { NameListener } from '../network/names/listener.ts';
import { NameResolver } from '../network/names/resolver.ts';
import { hasNames, nameServerOf } from '../network/new-network.ts';
import { serversOf } from '../operations/container-network.ts';
import { networksOf, noSuchNetwork } from '../operations/network/found.ts';
import { attachedTo, isInNetwork, recordOf } from '../operations/network/serve-names.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { EventType } from '../schema/operations/events.ts';
import { journalDirectory } from '../state/journal.ts';
import { JournalReader, lastEvent } from '../state/journal-reader.ts';
import { complain } from './complaints.ts';

/** Milliseconds in which a container runs for which names are served, before that is known. */
const BEFORE = 30_000;

/** Milliseconds between two looks where nobody has told of a change; the second where a container is about to run. */
const PAUSE = 60_000;
const SHORT_PAUSE = 5_000;

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
 * Serves the names of containers to one another, in each network in which one runs, be it this monitor's or of the
 * foreground. What is known of them follows the journal of events: before each answer it is looked whether there are
 * more, so that who has started finds who has started before.
 */
export class Names {
  readonly #place: Workplace;
  readonly #onQuiet: () => void;
  readonly #directory = new NameDirectory();
  readonly #forwarder = new Forwarder();
  readonly #resolver: NameResolver;
  readonly #listeners = new Map<string, { server: string; listener: NameListener }>();
  /** Networks whose containers are known. */
  readonly #known = new Set<string>();
  /** Networks in which a container is about to run, with the time until which that is believed. */
  readonly #expected = new Map<string, number>();
  readonly #end = new AbortController();
  #reader: JournalReader | undefined;
  #last: Promise<void> = Promise.resolve();
  #following: Promise<void> | undefined;

  /** `onQuiet` is called when something is over. */
  constructor(place: Workplace, onQuiet: () => void) {
    this.#place = place;
    this.#onQuiet = onQuiet;
    this.#resolver = new NameResolver(
      this.#directory,
      this.#forwarder,
      (id) => this.#serversOf(id),
      letThrough,
    );
  }

  /** Whether a container runs, or is about to, that asks for names. */
  isNeeded(): boolean {
    return this.#expected.size > 0 || this.#directory.running().length > 0;
  }

  /**
   * Serves the names of these networks from now on, whose bridges are there. Answers at which addresses. Throws
   * SC_NOT_FOUND, and SC_EXISTS where somebody else serves there.
   */
  async serve(networks: readonly string[]): Promise<string[]> {
    await this.#inTurn(async () => {
      for (const network of networks) this.#expected.set(network, Date.now() + BEFORE);
      try {
        for (const network of networks) await this.#open(network);
      } catch (error) {
        for (const network of networks) this.#expected.delete(network);
        throw error;
      }
    });
    return networks.flatMap((network) => this.#listeners.get(network)?.server ?? []);
  }

  /** Goes on for those that an earlier monitor has served. */
  async adoptAll(): Promise<void> {
    await this.#inTurn(() => this.#settle());
  }

  /** Leaves all to whoever comes next. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#inTurn(async () => {
      for (const { listener } of this.#listeners.values()) listener.close();
      this.#listeners.clear();
    });
    this.#forwarder.close();
    await this.#following;
    this.#reader?.close();
  }

  /** One after the other, so that what is known is as new as the last event that was read. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #open(network: string): Promise<void> {
    await this.#learn(network);
    if (this.#listeners.has(network) || this.#end.signal.aborted) return;
    const networks = networksOf(this.#place);
    const state = networks.find(network);
    const server = state && nameServerOf(state);
    if (server === undefined) throw noSuchNetwork(networks, network);
    const listener = await NameListener.listen(
      server,
      async (query, source, transport) => {
        await this.#catchUp();
        return this.#resolver.answer(query, source, transport);
      },
      (error) => complain(`serve the names of network "${network}"`, error),
    ).catch((error) => {
      throw isErrno(error, 'EADDRINUSE') ? taken(network, server, error) : error;
    });
    this.#listeners.set(network, { server, listener });
  }

  /** What is known of a network is taken from its containers once, and from events after that. */
  async #learn(network: string): Promise<void> {
    this.#reader ??= new JournalReader(this.#place.settings.root, lastEvent(this.#place.settings.root));
    this.#following ??= this.#follow();
    if (this.#known.has(network)) return;
    this.#known.add(network);
    for (const state of await attachedTo(this.#place, network))
      this.#directory.put(state, isInNetwork(state));
  }

  /** Reads the events that have come, and the records of those that they name. */
  #catchUp(): Promise<void> {
    const ids = this.#changed();
    if (ids.size === 0) return this.#last;
    return this.#inTurn(() => this.#look(ids));
  }

  #changed(): Set<string> {
    try {
      const events = this.#reader?.read() ?? [];
      const meant = events.filter(({ type }) => CHANGES.has(type));
      return new Set(meant.flatMap(({ container }) => container?.id ?? []));
    } catch (error) {
      // Events are kept no more that were not read.
      complain('follow the events', error);
      const { root } = this.#place.settings;
      this.#reader?.close();
      this.#reader = new JournalReader(root, lastEvent(root));
      this.#known.clear();
      return new Set(this.#directory.running().map(({ id }) => id));
    }
  }

  async #look(ids: Iterable<string>): Promise<void> {
    for (const id of ids) {
      const state = await recordOf(this.#place, id);
      if (state === undefined) this.#directory.remove(id);
      else this.#directory.put(state, isInNetwork(state));
    }
  }

  /** Serves where a container runs, and nowhere else. */
  async #settle(): Promise<void> {
    for (const network of networksOf(this.#place).up().filter(hasNames)) {
      await this.#learn(network).catch((error) => complain(`look for the names of "${network}"`, error));
    }
    const running = this.#directory.running();
    const used = new Set(running.flatMap(({ places }) => places.map(({ network }) => network)));
    const now = Date.now();
    for (const [network, until] of this.#expected)
      if (used.has(network) || until < now) this.#expected.delete(network);
    for (const [network, { listener }] of this.#listeners) {
      if (used.has(network) || this.#expected.has(network)) continue;
      listener.close();
      this.#listeners.delete(network);
    }
    for (const network of used)
      await this.#open(network).catch((error) => complain(`serve the names of network "${network}"`, error));
  }

  /** Who was killed with its keeper has recorded no end: those that run are looked at now and then. */
  async #follow(): Promise<void> {
    const changes = new FileChanges();
    const { root } = this.#place.settings;
    while (!this.#end.signal.aborted) {
      const isQuiet = changes.heard.size === 0;
      changes.forget();
      changes.watch(journalDirectory(root));
      try {
        await this.#catchUp();
        if (isQuiet) await this.#inTurn(() => this.#lookAtRunning());
        await this.#inTurn(() => this.#settle());
      } catch (error) {
        complain('serve names', error);
      }
      this.#onQuiet();
      await changes.wait(this.#expected.size > 0 ? SHORT_PAUSE : PAUSE, this.#end.signal);
    }
    changes.close();
  }

  #lookAtRunning(): Promise<void> {
    return this.#look(this.#directory.running().map(({ id }) => id));
  }

  async #serversOf(id: string): Promise<readonly string[]> {
    const state = await recordOf(this.#place, id);
    return state === undefined ? [] : serversOf(state.spec);
  }
}

function taken(network: string, server: string, cause: unknown): ScError {
  return new ScError(
    'SC_EXISTS',
    `serve the names of network "${network}" at ${server}, port 53: somebody has the port`,
    {
      cause,
      errno: 'EADDRINUSE',
      hint: 'have the name server of this machine listen at its own addresses and not at all (ss -lnptu "sport = 53")',
    },
  );
}
