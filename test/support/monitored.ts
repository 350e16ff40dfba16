import { EventEmitter } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScError } from '../../src/errors/error.ts';
import { isErrno } from '../../src/linux/descriptor.ts';
import { logStreams } from '../../src/logging/layout.ts';
import { readChunks } from '../../src/logging/read-chunks.ts';
import type { Caller } from '../../src/operations/caller.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { reachMonitor } from '../../src/operations/monitor.ts';
import { runDetached } from '../../src/operations/run-detached.ts';
import type { RunFlags } from '../../src/operations/run-flags.ts';
import { monitorGroup } from '../../src/operations/start-monitor.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { dismissMonitor, eventually } from './command-line.ts';
import { makeWorkshop } from './containers.ts';
import { expectNoLeaks, snapshotHost } from './leak-check.ts';

const plain: RunFlags = { interactive: false, tty: false, rm: false, detach: true, 'read-only': false };

/** The built sc, which becomes the monitor. */
export const self = [process.execPath, join(import.meta.dirname, '../../dist/bin/main.js')];

/**
 * A state root of its own, of which this process is a client as a program is that imports the operations; what
 * it starts is kept by the monitor of the built sc.
 */
export function makeMonitored() {
  const before = snapshotHost();
  const workshop = makeWorkshop();
  const settings = { root: join(workshop.directory, 'store'), backend: 'native', storageDriver: 'overlay' };
  const nothing = openSync('/dev/null', 'r+');
  const stream = { descriptor: nothing, terminal: false };
  const caller: Caller = {
    stdin: stream,
    stdout: stream,
    stderr: stream,
    environment: {},
    workingDirectory: workshop.directory,
    signals: new EventEmitter(),
    self,
  };
  const dismiss = async () => {
    await deleteContainers({ force: true }, settings);
    await dismissMonitor(settings.root);
    await eventually(() => (processesOf(settings.root).length === 0 ? true : undefined));
  };
  const runBy = (client: Caller, flags: Partial<RunFlags>, ...args: string[]) =>
    runDetached({ ...plain, ...flags }, ['./rootfs', ...args], settings, client);
  const look = async (reference: string): Promise<ContainerState> => {
    const place = await openWorkplace(settings);
    return place.observe(await place.store.find(reference));
  };
  return {
    directory: workshop.directory,
    root: settings.root,
    settings,
    caller,
    run: (flags: Partial<RunFlags>, ...args: string[]) => runBy(caller, flags, ...args),
    runBy,
    look,
    ended: (reference: string) =>
      eventually(async () => {
        const state = await look(reference);
        return state.status === 'stopped' ? state : undefined;
      }),
    /** The same for one that has no start to come any more. */
    settled: (reference: string) =>
      eventually(async () => {
        const state = await look(reference);
        return state.status === 'stopped' && state.restarts?.nextAt === undefined ? state : undefined;
      }),
    gone: (reference: string) =>
      eventually(async () => {
        try {
          await look(reference);
          return undefined;
        } catch (error) {
          if (error instanceof ScError && error.code === 'SC_NOT_FOUND') return true;
          throw error;
        }
      }),
    /** What it wrote in each of its runs. */
    log: (id: string) => readRuns(join(settings.root, 'containers', id, 'log')),
    /** Pid of a monitor, be it still on its way. */
    booting: () => eventually(() => processesOf(settings.root)[0]),
    /** Pid of the monitor, when it listens. Who had it started may be dead, so that it is asked for. */
    listening: async () => {
      for (;;)
        try {
          const client = await reachMonitor(await openWorkplace(settings), caller);
          client.close();
          return client.greeting.pid;
        } catch (error) {
          if (!(error instanceof ScError) || error.code !== 'SC_NO_ANSWER') throw error;
        }
    },
    monitors: () => processesOf(settings.root),
    dismiss,
    /** Deletes all containers, ends the monitor, and throws if anything else is left. */
    async remove(): Promise<void> {
      await dismiss();
      closeSync(nothing);
      workshop.remove();
      await expectNoLeaks(before);
    },
  };
}

/** Pids of monitors, of one that is just being started too. */
function processesOf(root: string): number[] {
  const file = `/sys/fs/cgroup/pids/sc/${monitorGroup(root)}/cgroup.procs`;
  try {
    const pids = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean).map(Number);
    return pids.filter((pid) => commandOf(pid).includes('\0monitor\0'));
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENODEV')) return [];
    throw error;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function readRuns(directory: string): Promise<string[]> {
  const runs: string[] = [];
  const streams = [logStreams.mark, logStreams.stdout, logStreams.stderr];
  for await (const chunks of readChunks(directory, { streams }))
    for (const { stream, bytes } of chunks) {
      if (stream === logStreams.mark) runs.push('');
      else runs.push(`${runs.pop() ?? ''}${bytes.toString('latin1')}`);
    }
  return runs;
}
