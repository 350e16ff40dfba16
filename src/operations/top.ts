import { readFileSync } from 'node:fs';
import { naming } from '../errors/reason.ts';
import { parsePasswd } from '../identity/accounts.ts';
import { bootTime, uptime } from '../linux/boot.ts';
import { type ProcessEntry, readProcessEntry, TICKS_PER_SECOND } from '../linux/process-entry.ts';
import { terminalName } from '../linux/terminal-name.ts';
import type { IdMaps } from '../schema/container-spec.ts';
import type { ContainerProcess, TopRequest, TopResult } from '../schema/operations/top.ts';
import { checkRequest } from './check-request.ts';
import { liveContainer, livePowers } from './live-container.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/** Milliseconds of a tick. */
const TICK = 1000 / TICKS_PER_SECOND;

/**
 * The processes of a container as the kernel tells of them. One that ends while we look is left out. Throws
 * SC_NOT_FOUND, SC_AMBIGUOUS and SC_STATE_*, and SC_WRONG_STATE for one that does not run.
 */
export async function top(request: TopRequest, settings: Settings): Promise<TopResult> {
  checkRequest('top', await import('../schema/operations/validate-top.ts'), request);
  const place = await openWorkplace(settings);
  const state = await place.observe(await place.store.find(request.container));
  const { id, name } = state;
  return naming(`list the processes of "${name}"`, async () => {
    const { processes } = await livePowers(place, state, 'top');
    const live = liveContainer(state);
    const entries = processes(live).flatMap((pid) => readProcessEntry(pid) ?? []);
    // How many namespaces lie between ours and that of the container: its init is the first process of it.
    const depth = (entries.find(({ pid }) => pid === live.pid)?.pids.length ?? 2) - 1;
    const view = {
      depth,
      uids: state.spec.security.userNamespace?.uids,
      users: hostUsers(),
      bootTime: bootTime(),
      uptime: uptime(),
    };
    return { id, name, processes: entries.map((entry) => describe(entry, view)) };
  });
}

/** What is the same for all processes of one look. */
interface View {
  depth: number;
  /** Of the container's user namespace, where it has one. */
  uids: IdMaps['uids'] | undefined;
  users: ReadonlyMap<number, string>;
  bootTime: number;
  uptime: number;
}

function describe(entry: ProcessEntry, view: View): ContainerProcess {
  const { pid, parent, uid, state, name, command } = entry;
  const [start, cpuTime] = [entry.startTime * TICK, entry.time * TICK];
  const age = Math.max(view.uptime - start, TICK);
  const [pidInside, uidInside] = [entry.pids[view.depth], insideOf(uid, view.uids)];
  const [user, terminal] = [view.users.get(uid), terminalName(entry.terminal)];
  return {
    pid,
    ...(pidInside !== undefined && { pidInside }),
    parent,
    uid,
    ...(uidInside !== undefined && { uidInside }),
    ...(user !== undefined && { user }),
    state,
    startedAt: new Date(view.bootTime + start).toISOString(),
    ...(terminal !== undefined && { terminal }),
    cpuTime,
    cpuPercent: Math.round((1000 * cpuTime) / age) / 10,
    name,
    command,
  };
}

/** Undefined for who has no number inside. */
function insideOf(uid: number, uids: View['uids']): number | undefined {
  if (uids === undefined) return uid;
  const range = uids.find(({ host, size }) => uid >= host && uid < host + size);
  return range && range.inside + uid - range.host;
}

/** Names by numbers; the first of several of one number is its name. */
function hostUsers(): Map<number, string> {
  const accounts = parsePasswd(readFileSync('/etc/passwd'));
  return new Map(accounts.reverse().map(({ uid, name }) => [uid, name]));
}
