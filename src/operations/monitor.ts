import { setTimeout } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { tryLock } from '../linux/flock.ts';
import { processIsAlive } from '../linux/process.ts';
import { MonitorClient, MonitorLeft } from '../protocol/client.ts';
import { monitorPlace } from '../protocol/place.ts';
import { isNewer, PROTOCOL, release } from '../protocol/release.ts';
import type { ProcessReference } from '../schema/container-state.ts';
import type { Validator } from '../schema/validator.ts';
import type { Caller } from './caller.ts';
import { makeMonitorPlace, startMonitor } from './start-monitor.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds for a monitor to come, and between two looks for it. */
const PATIENCE = 15_000;
const PAUSE = 5;

/** Whoever finds that somebody else is starting one leaves it to them for so long, in milliseconds. */
const TURN = 3_000;

/** Who wants something of the monitor. */
export type MonitorCaller = Pick<Caller, 'self' | 'patience'>;

/**
 * Has the monitor do an operation; starts one where there is none, and a new one in the place of an older
 * release.
 */
export async function askMonitor<Result>(
  place: Workplace,
  caller: MonitorCaller,
  { operation, request, validate }: { operation: string; request: object; validate: Validator },
): Promise<Result> {
  for (;;) {
    const client = await reachMonitor(place, caller);
    try {
      return await client.call<Result>(operation, request, validate);
    } catch (error) {
      if (!(error instanceof MonitorLeft)) throw error;
    } finally {
      client.close();
    }
  }
}

/** Throws SC_NO_ANSWER where none comes, and SC_PROTOCOL for one that speaks otherwise. */
export async function reachMonitor(place: Workplace, caller: MonitorCaller): Promise<MonitorClient> {
  const { root } = place.settings;
  const starting = new Starting(place, caller);
  const end = performance.now() + PATIENCE;
  try {
    while (performance.now() < end) {
      const client = await connect(root, caller);
      if (client === undefined) await starting.goOn();
      else if (client === 'left') await setTimeout(PAUSE);
      else if (!isNewer(release(), client.greeting.release)) return checked(client);
      else await dismiss(client);
    }
  } finally {
    starting.leave();
  }
  const { log } = monitorPlace(root);
  throw new ScError(
    'SC_NO_ANSWER',
    `start the monitor of "${root}": it does not listen after ${PATIENCE / 1000} s`,
    { hint: `look into ${log}` },
  );
}

/** Nothing where there is none, `left` where one may be there that does not take this call. */
async function connect(
  root: string,
  { patience }: MonitorCaller,
): Promise<MonitorClient | 'left' | undefined> {
  try {
    return await MonitorClient.connect(root, patience === undefined ? {} : { patience });
  } catch (error) {
    if (error instanceof MonitorLeft) return 'left';
    throw error;
  }
}

function checked(client: MonitorClient): MonitorClient {
  const { protocol, release: theirs, pid } = client.greeting;
  if (protocol === PROTOCOL) return client;
  client.close();
  throw new ScError(
    'SC_PROTOCOL',
    `call the monitor: it is sc ${theirs} and speaks version ${protocol} of the protocol, and this is sc ${release()} with version ${PROTOCOL}`,
    { hint: `use sc ${theirs}, or end the monitor with kill ${pid}: containers live on` },
  );
}

/** An older one leaves its containers to the next. */
export async function dismiss(client: MonitorClient): Promise<void> {
  try {
    await client.call('leave', {}, () => true);
  } catch (error) {
    if (!(error instanceof ScError) || error.code !== 'SC_NO_ANSWER') throw error;
  } finally {
    client.close();
  }
}

/** A new monitor, which one of all that come at the same time starts, and the others wait for. */
class Starting {
  readonly #place: Workplace;
  readonly #caller: MonitorCaller;
  readonly #since = performance.now();
  /** Gives up the turn. */
  #leave: (() => void) | undefined;
  #isOurTurn = false;
  #started: ProcessReference | undefined;

  constructor(place: Workplace, caller: MonitorCaller) {
    this.#place = place;
    this.#caller = caller;
  }

  /** Starts one, or waits a moment. One that has died on the way is followed by another. */
  async goOn(): Promise<void> {
    if (!this.#isOurTurn) return this.#takeTurn();
    if (this.#started !== undefined && processIsAlive(this.#started)) await setTimeout(PAUSE);
    else this.#started = await startMonitor(this.#place, this.#caller.self);
  }

  leave(): void {
    this.#leave?.();
  }

  /** When it comes, whoever had it may have come to an end with it: to be looked at first. */
  async #takeTurn(): Promise<void> {
    this.#leave = tryLock(makeMonitorPlace(this.#place.settings.root));
    // Who has had it for long may be stopped.
    this.#isOurTurn = this.#leave !== undefined || performance.now() - this.#since > TURN;
    if (!this.#isOurTurn) await setTimeout(PAUSE);
  }
}
