import type { Caller } from '../operations/caller.ts';
import { detaching } from '../operations/detaching.ts';
import { recoverCommand } from '../operations/launch.ts';
import type { Settings } from '../operations/settings.ts';
import { makeMonitorPlace, monitorGroup } from '../operations/start-monitor.ts';
import { openWorkplace, type Workplace } from '../operations/workplace.ts';
import { monitorPlace } from '../protocol/place.ts';
import { boundLog } from './complaints.ts';
import { NamesWhenAsked } from './names-when-asked.ts';
import { performing } from './perform.ts';
import { MonitorServer } from './server.ts';
import { Supervisor } from './supervisor.ts';
import { takeTurn } from './turn.ts';

/** Milliseconds without anything to do after which it ends. */
const IDLE = 10_000;

/** Milliseconds between the death of a monitor and the next that nobody asked for: one that always dies must not keep the machine busy. */
const RESPITE = 1_000;

interface MonitorOptions {
  /** Whose `self` starts this program once more; it hears the signals that end it. */
  caller: Caller;
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
  const release = await takeTurn(settings.root, { dismissOther: options.stays });
  boundLog(monitorPlace(settings.root).log);
  try {
    await keep(settings, options);
  } finally {
    release();
  }
  const place = await openWorkplace(settings);
  const { leaveGroups } = await detaching(place, { name: 'the monitor', backend: settings.backend });
  leaveGroups?.(monitorGroup(settings.root));
}

/** Without a monitor containers live on, but none is started again when it is to be. */
async function standGuard(place: Workplace, caller: Caller): Promise<() => void> {
  const argv = recoverCommand(caller, place.settings);
  if (argv === undefined) return () => {};
  const { lock } = monitorPlace(place.settings.root);
  return (await place.backend()).guard(argv, { delay: RESPITE, unlessLocked: lock });
}

async function keep(settings: Settings, { caller, stays, idle = IDLE }: MonitorOptions): Promise<void> {
  const place = await openWorkplace(settings);
  const end = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  const consider = () => {
    clearTimeout(timer);
    if (stays || isNeeded()) return;
    timer = setTimeout(() => {
      if (!isNeeded()) end.resolve();
    }, idle);
  };
  const names = new NamesWhenAsked(place, consider);
  const means = {
    self: caller.self ?? [],
    serveNames: async (networks: string[]) => void (await names.serve(networks)),
  };
  const supervisor = new Supervisor(place, means, consider);
  const server = new MonitorServer(
    settings.root,
    performing(
      { supervisor, names, settings, caller },
      { adopt: () => supervisor.adoptAll(), leave: () => end.resolve() },
    ),
    consider,
  );
  const isNeeded = () => [supervisor, names, server].some((part) => part.isNeeded());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) caller.signals.on(signal, () => end.resolve());
  await server.listen();
  const release = await standGuard(place, caller);
  void Promise.all([supervisor.adoptAll(), names.adoptAll()]).then(consider, end.reject);
  await end.promise;
  clearTimeout(timer);
  await Promise.all([server.leave(), supervisor.close(), names.close()]);
  release();
}
