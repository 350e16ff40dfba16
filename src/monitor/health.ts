import { ScError } from '../errors/error.ts';
import { unstartedCode } from '../errors/unstarted-code.ts';
import { capture } from '../operations/capture.ts';
import { LONGEST_TIMER } from '../operations/longest-timer.ts';
import { ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import type { HealthCheck } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import { type Checked, checkInterval, healthAfter, unchecked, untilNextCheck } from '../state/health.ts';
import { complain } from './complaints.ts';
import { goesOn } from './timer.ts';

/** Bytes of what a check writes that are kept. */
const OUTPUT = 4096;

/**
 * Checks the health of a container in one of its runs, one check after another, until `end`. Who takes it up from an
 * earlier monitor goes on where that one was. No effect without a health check.
 */
export async function watchHealth(place: Workplace, run: ContainerState, end: AbortSignal): Promise<void> {
  const check = run.spec.monitor.health;
  const { id, name, startedAt } = run;
  if (check === undefined || startedAt === undefined) return;
  const now = Date.now();
  let wait = untilNextCheck(run.health ?? unchecked, check, startedAt, now);
  // Those of many containers do not all come at once when the monitor does.
  wait ??= Math.random() * checkInterval(run.health ?? unchecked, check, startedAt, now);
  while (await goesOn(wait, end)) {
    let health = unchecked;
    try {
      const state = await ignoreGone(place.store.find(id));
      if (state?.startedAt !== startedAt) return;
      health = (await checkOnce(place, state, check, end)) ?? health;
    } catch (error) {
      complain(`check the health of "${name}"`, error);
    }
    wait = checkInterval(health, check, startedAt, Date.now());
  }
}

/** Answers the health that is recorded then. One that stands still is not checked. */
async function checkOnce(
  place: Workplace,
  state: ContainerState,
  check: HealthCheck,
  end: AbortSignal,
): Promise<ContainerState['health']> {
  if (!(await isGoing(place, state))) return state.health;
  const last = await runCheck(place, state, check, end);
  // What took too long since it stood still, or came to its end with the container, tells nothing.
  if (last === undefined || end.aborted) return state.health;
  if (last.code === undefined && !(await isGoing(place, state))) return state.health;
  const recorded = await ignoreGone(
    place.store.update(state.id, (now) => withCheck(now, state, check, last), { durable: false }),
  );
  return recorded?.health;
}

async function isGoing(place: Workplace, state: ContainerState): Promise<boolean> {
  return (await place.observe(state)).status === 'running';
}

function withCheck(
  now: ContainerState,
  run: ContainerState,
  check: HealthCheck,
  last: Checked,
): ContainerState {
  const { startedAt } = run;
  if (startedAt === undefined || now.startedAt !== startedAt || now.status === 'stopped') return now;
  return { ...now, health: healthAfter(now.health ?? unchecked, last, check, startedAt) };
}

/** Undefined where the container does not run any more, or nobody waits for it. */
async function runCheck(
  place: Workplace,
  state: ContainerState,
  { args, timeout }: HealthCheck,
  end: AbortSignal,
): Promise<Checked | undefined> {
  const at = new Date().toISOString();
  const late = AbortSignal.timeout(Math.min(timeout, LONGEST_TIMER));
  const tooLong = `it took longer than ${timeout / 1000} s`;
  try {
    const abort = AbortSignal.any([late, end]);
    const { exit, output } = await capture(place, state, { args }, { limit: OUTPUT, abort });
    const text = output.toString('utf8');
    if (late.aborted && exit.code === 137) return { at, output: within(`${tooLong}\n${text}`) };
    return { at, ...(exit.code !== null && { code: exit.code }), output: within(text) };
  } catch (error) {
    if (end.aborted) return undefined;
    if (late.aborted) return { at, output: tooLong };
    if (!(error instanceof ScError)) throw error;
    if (error.code === 'SC_WRONG_STATE') return undefined;
    const code = unstartedCode(error.code);
    return { at, ...(code !== undefined && { code }), output: within(error.message) };
  }
}

/** What is no UTF-8 takes more bytes as text. */
function within(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= OUTPUT
    ? text
    : bytes
        .subarray(0, OUTPUT)
        .toString('utf8')
        .replace(/\ufffd$/, '');
}
