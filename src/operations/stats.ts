import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { naming } from '../errors/reason.ts';
import type { GroupUsage } from '../linux/cgroup/usage.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerUsage, StatsRequest, StatsResult } from '../schema/operations/stats.ts';
import { checkRequest } from './check-request.ts';
import { livePowers } from './live-container.ts';
import { ignoreGone } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

/** Milliseconds from one look to the next. */
const PERIOD = 1000;

/** A look at a container, for the next one to be compared with. */
interface Sample {
  /** Milliseconds by a clock that is never set. */
  at: number;
  usage: GroupUsage;
}

/**
 * What containers take, again and again until `abort`, or until none of those that were named is there any
 * more. The first answer comes with the second look, since it takes two to tell of a share of time. Throws
 * SC_NOT_FOUND, SC_AMBIGUOUS, SC_STATE_* and SC_UNSUPPORTED for a name, before the first one.
 */
export async function* stats(
  request: StatsRequest,
  settings: Settings,
  abort?: AbortSignal,
): AsyncGenerator<StatsResult> {
  checkRequest('stats', await import('../schema/operations/validate-stats.ts'), request);
  const { containers, all = false, once = false } = request;
  const place = await openWorkplace(settings);
  const named = containers && (await identified(place, containers));
  let before = new Map<string, Sample>();
  for (let looks = 0; ; looks++) {
    const states = named === undefined ? await everyContainer(place, all) : await those(place, named);
    if (named !== undefined && states.length === 0) return;
    const now = new Map<string, Sample>();
    const usage: ContainerUsage[] = [];
    for (const state of states) {
      const sample = await look(place, state);
      if (sample !== undefined) now.set(state.id, sample);
      usage.push(describe(state, sample, before.get(state.id)));
    }
    before = now;
    if (looks > 0) yield { time: new Date().toISOString(), usage };
    if ((once && looks > 0) || !(await pause(abort))) return;
  }
}

async function identified(place: Workplace, references: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const reference of references) {
    const state = await place.store.find(reference);
    await naming(`look at what "${state.name}" takes`, () => livePowers(place, state, 'stats'));
    ids.push(state.id);
  }
  return [...new Set(ids)];
}

/** Those that are there still. */
async function those(place: Workplace, ids: readonly string[]): Promise<ContainerState[]> {
  const states: ContainerState[] = [];
  for (const id of ids) {
    const state = await ignoreGone(place.store.find(id));
    if (state !== undefined) states.push(await place.observe(state));
  }
  return states;
}

async function everyContainer(place: Workplace, all: boolean): Promise<ContainerState[]> {
  const { containers } = await place.store.list();
  const seen: ContainerState[] = [];
  for (const state of containers)
    if (all || state.status !== 'stopped') seen.push(await place.observe(state));
  return seen.filter(({ status }) => all || status === 'running' || status === 'paused');
}

async function look(place: Workplace, state: ContainerState): Promise<Sample | undefined> {
  const { id, status, init, backend } = state;
  if (init === undefined || (status !== 'running' && status !== 'paused')) return undefined;
  const { usage: ask } = await place.live(backend);
  const at = performance.now();
  const usage = ask?.({ id, pid: init.pid });
  return usage && { at, usage };
}

function describe(
  { id, name, status }: ContainerState,
  sample: Sample | undefined,
  before: Sample | undefined,
): ContainerUsage {
  const { cpuTime, memory, memoryLimit, pids, pidsLimit, read, written } = sample?.usage ?? {};
  const limit = Math.min(memoryLimit ?? Number.POSITIVE_INFINITY, totalmem());
  const percent = share(sample, before);
  return {
    id,
    name,
    status,
    ...(cpuTime !== undefined && {
      cpu: { time: cpuTime / 1000, ...(percent !== undefined && { percent }) },
    }),
    ...(memory !== undefined && {
      memory: { used: memory, limit, percent: hundredths((100 * memory) / Math.max(limit, 1)) },
    }),
    ...(pids !== undefined && {
      pids: { count: pids, ...(pidsLimit !== undefined && { limit: pidsLimit }) },
    }),
    ...(read !== undefined && written !== undefined && { io: { read, written } }),
  };
}

/** Of a processor, in percent. A container that was started again has had less time than before: nothing yet. */
function share(sample: Sample | undefined, before: Sample | undefined): number | undefined {
  if (sample?.usage.cpuTime === undefined || before?.usage.cpuTime === undefined) return undefined;
  const milliseconds = (sample.usage.cpuTime - before.usage.cpuTime) / 1000;
  return hundredths(Math.max(0, (100 * milliseconds) / (sample.at - before.at)));
}

function hundredths(number: number): number {
  return Math.round(100 * number) / 100;
}

/** Answers whether there is to be another look. */
async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await sleep(PERIOD, undefined, { ...(signal !== undefined && { signal }) });
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  }
}
