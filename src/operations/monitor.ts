import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { MonitorClient } from '../protocol/client.ts';
import { monitorPlace } from '../protocol/place.ts';
import { isNewer, PROTOCOL, release } from '../protocol/release.ts';
import type { Validator } from '../schema/validator.ts';
import { makeRoot } from '../state/root.ts';
import { detaching } from './launch-detached.ts';
import type { Workplace } from './workplace.ts';

/** Milliseconds for a monitor to come, and between two looks for it. */
const PATIENCE = 15_000;
const PAUSE = 5;

/** Whoever comes to start one at the same time as others leaves it to them for so long, in milliseconds. */
const TURN = 3_000;

/**
 * Has the monitor do an operation; starts one where there is none, and a new one in the place of an older
 * release. `self` is argv that starts this program once more.
 */
export async function askMonitor<Result>(
  place: Workplace,
  self: readonly string[] | undefined,
  { operation, request, validate }: { operation: string; request: object; validate: Validator },
): Promise<Result> {
  const client = await reachMonitor(place, self);
  try {
    return await client.call<Result>(operation, request, validate);
  } finally {
    client.close();
  }
}

/** Throws SC_NO_ANSWER where none comes, and SC_PROTOCOL for one that speaks otherwise. */
export async function reachMonitor(
  place: Workplace,
  self: readonly string[] | undefined,
): Promise<MonitorClient> {
  const { root } = place.settings;
  const end = performance.now() + PATIENCE;
  let startedAt = Number.NEGATIVE_INFINITY;
  while (performance.now() < end) {
    const client = await MonitorClient.connect(root);
    if (client !== undefined && !isNewer(release(), client.greeting.release)) return checked(client);
    if (client !== undefined) {
      await dismiss(client);
    } else if (performance.now() - startedAt > TURN) {
      startedAt = performance.now();
      await startMonitor(place, self);
    } else {
      await setTimeout(PAUSE);
    }
  }
  const { log } = monitorPlace(root);
  throw new ScError(
    'SC_NO_ANSWER',
    `start the monitor of "${root}": it does not listen after ${PATIENCE / 1000} s`,
    {
      hint: `look into ${log}`,
    },
  );
}

/** The name of its control group. */
export function monitorGroup(root: string): string {
  return `monitor-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
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
async function dismiss(client: MonitorClient): Promise<void> {
  try {
    await client.call('leave', {}, () => true);
  } catch (error) {
    if (!(error instanceof ScError) || error.code !== 'SC_NO_ANSWER') throw error;
  } finally {
    client.close();
  }
}

async function startMonitor(place: Workplace, self: readonly string[] | undefined): Promise<void> {
  const { root, backend } = place.settings;
  if (self === undefined)
    throw new ScError('SC_UNSUPPORTED', 'start a monitor: the caller names no program that is sc', {
      hint: 'give the caller `self`, or have `sc monitor` run',
    });
  makeRoot(root);
  const { directory, log } = monitorPlace(root);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { detach } = await detaching(place, { name: 'the monitor', backend });
  await detach({
    argv: [...self, 'monitor', '--root', root],
    environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/'],
    group: monitorGroup(root),
    log,
  });
}
