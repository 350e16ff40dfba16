import { ScError } from '../errors/error.ts';
import { isErrno } from '../linux/descriptor.ts';
import { FileChanges } from '../linux/file-changes.ts';
import { letThrough } from '../network/egress.ts';
import { Forwarder } from '../network/names/forwarder.ts';
import { NameListener } from '../network/names/listener.ts';
import { NameResolver } from '../network/names/resolver.ts';
import { hasNames, nameServerOf } from '../network/new-network.ts';
import { serversOf } from '../operations/container-network.ts';
import { networksOf, noSuchNetwork } from '../operations/network/found.ts';
import { recordOf } from '../operations/network/serve-names.ts';
import type { Workplace } from '../operations/workplace.ts';
import { journalDirectory } from '../state/journal.ts';
import { complain } from './complaints.ts';
import { InTurn } from './in-turn.ts';
import { Neighbours } from './neighbours.ts';

/** Milliseconds in which a container runs for which names are served, before that is known. */
const BEFORE = 30_000;

/** Milliseconds between two looks where nobody has told of a change; the second where a container is about to run. */
const PAUSE = 60_000;
const SHORT_PAUSE = 5_000;

/**
 * Serves the names of containers to one another, in each network in which one runs, be it this monitor's or of the
 * foreground. Before each answer it is looked whether something has happened, so that who has started finds who has
 * started before.
 */
export class Names {
  readonly #place: Workplace;
  readonly #onQuiet: () => void;
  readonly #neighbours: Neighbours;
  readonly #forwarder = new Forwarder();
  readonly #resolver: NameResolver;
  readonly #listeners = new Map<string, { server: string; listener: NameListener }>();
  /** Networks in which a container is about to run, with the time until which that is believed. */
  readonly #expected = new Map<string, number>();
  readonly #end = new AbortController();
  /** So that nobody serves twice at one address. */
  readonly #turns = new InTurn();
  #following: Promise<void> | undefined;

  /** `onQuiet` is called when something is over. */
  constructor(place: Workplace, onQuiet: () => void) {
    this.#place = place;
    this.#onQuiet = onQuiet;
    this.#neighbours = new Neighbours(place);
    this.#resolver = new NameResolver(
      this.#neighbours.directory,
      this.#forwarder,
      (id) => this.#serversOf(id),
      letThrough,
    );
  }

  /** Whether a container runs, or is about to, that asks for names. */
  isNeeded(): boolean {
    return this.#expected.size > 0 || this.#neighbours.directory.running().length > 0;
  }

  /**
   * Serves the names of these networks from now on, whose bridges are there. Answers at which addresses. Throws
   * SC_NOT_FOUND, and SC_EXISTS where somebody else serves there.
   */
  async serve(networks: readonly string[]): Promise<string[]> {
    this.#following ??= this.#follow();
    await this.#turns.do(async () => {
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
    this.#following ??= this.#follow();
    await this.#turns.do(() => this.#settle());
  }

  /** Leaves all to whoever comes next. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#turns.do(async () => {
      for (const { listener } of this.#listeners.values()) listener.close();
      this.#listeners.clear();
    });
    this.#forwarder.close();
    await this.#following;
    this.#neighbours.close();
  }

  async #open(network: string): Promise<void> {
    await this.#neighbours.learn(network);
    if (this.#end.signal.aborted) return;
    const networks = networksOf(this.#place);
    const state = networks.find(network);
    const server = state && nameServerOf(state);
    if (server === undefined) throw noSuchNetwork(networks, network);
    const before = this.#listeners.get(network);
    if (before?.server === server) return;
    // Of a network of this name that was removed.
    before?.listener.close();
    this.#listeners.delete(network);
    const listener = await NameListener.listen(
      server,
      async (query, source, transport) => {
        await this.#neighbours.catchUp();
        return this.#resolver.answer(query, source, transport);
      },
      (error) => complain(`serve the names of network "${network}"`, error),
    ).catch((error) => {
      throw isErrno(error, 'EADDRINUSE') ? taken(network, server, error) : error;
    });
    this.#listeners.set(network, { server, listener });
  }

  /** Serves where a container runs, and nowhere else. */
  async #settle(): Promise<void> {
    for (const network of networksOf(this.#place).up().filter(hasNames)) {
      await this.#neighbours
        .learn(network)
        .catch((error) => complain(`look for the names of "${network}"`, error));
    }
    const running = this.#neighbours.directory.running();
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

  /** With what has happened, and now and then where nothing has: not everybody who is killed tells of it. */
  async #follow(): Promise<void> {
    const changes = new FileChanges();
    const { root } = this.#place.settings;
    while (!this.#end.signal.aborted) {
      const isQuiet = changes.heard.size === 0;
      changes.forget();
      changes.watch(journalDirectory(root));
      try {
        await this.#neighbours.catchUp();
        if (isQuiet) await this.#neighbours.lookAtRunning();
        await this.#turns.do(() => this.#settle());
      } catch (error) {
        complain('serve names', error);
      }
      this.#onQuiet();
      await changes.wait(this.#expected.size > 0 ? SHORT_PAUSE : PAUSE, this.#end.signal);
    }
    changes.close();
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
