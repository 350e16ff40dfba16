import { closeSync, openSync } from 'node:fs';
import { withLock } from '../linux/flock.ts';
import type { SignalSource } from '../operations/caller.ts';
import { detaching } from '../operations/launch-detached.ts';
import type { Settings } from '../operations/settings.ts';
import { makeMonitorPlace, monitorGroup } from '../operations/start-monitor.ts';
import { openWorkplace } from '../operations/workplace.ts';
import { monitorPlace } from '../protocol/place.ts';
import { serveOperations } from './served-operations.ts';
import { MonitorServer } from './server.ts';
import { Supervisor } from './supervisor.ts';

/** Milliseconds without anything to do after which it ends. */
const IDLE = 10_000;

/** Milliseconds in which the one before it, which was asked to leave, is gone. */
const TURN = 12_000;

export interface MonitorOptions {
  /** argv that starts this program once more. */
  self: readonly string[];
  signals: SignalSource;
  /** Whether it stays when nothing needs it, as under a service manager. */
  stays: boolean;
  /** Milliseconds without anything to do after which it ends; 10 s without it. */
  idle?: number;
}

/**
 * The one monitor of a state root: resolves when nothing needs it any more, or when it is asked to end.
 * Containers live on without it. Throws SC_LOCKED where there is one already.
 */
export async function runMonitor(settings: Settings, options: MonitorOptions): Promise<void> {
  makeMonitorPlace(settings.root);
  const { lock } = monitorPlace(settings.root);
  closeSync(openSync(lock, 'a', 0o600));
  await withLock(lock, () => keep(settings, options), { timeout: TURN });
  if (options.stays) return;
  const place = await openWorkplace(settings);
  const { leaveGroups } = await detaching(place, { name: 'the monitor', backend: settings.backend });
  leaveGroups?.(monitorGroup(settings.root));
}

async function keep(
  settings: Settings,
  { self, signals, stays, idle = IDLE }: MonitorOptions,
): Promise<void> {
  const place = await openWorkplace(settings);
  const end = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const consider = () => {
    clearTimeout(timer);
    if (stays || supervisor.isNeeded() || server.isNeeded()) return;
    timer = setTimeout(() => {
      if (!supervisor.isNeeded() && !server.isNeeded()) end.resolve();
    }, idle);
  };
  const supervisor = new Supervisor(place, self, consider);
  const server = new MonitorServer(
    settings.root,
    serveOperations(supervisor, () => end.resolve()),
    consider,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) signals.on(signal, () => end.resolve());
  await supervisor.adoptAll();
  await server.listen();
  consider();
  await end.promise;
  clearTimeout(timer);
  await Promise.all([server.leave(), supervisor.close()]);
}
