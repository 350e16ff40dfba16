import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../linux/remove-tree.ts';
import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { ConformanceCase } from '../schema/conformance-case.ts';
import type { CaseEvent, Evidence, HostFingerprint, ResultState } from '../schema/conformance-log.ts';
import type { AdapterClient } from './adapter-client.ts';
import { obstacleOf, rowsFor } from './applicability.ts';
import { Attempt } from './attempt.ts';
import { controlOf } from './case-rules.ts';
import type { LoadedCase } from './cases.ts';
import { programsOf } from './fixture.ts';
import { Interrupted } from './interrupted.ts';
import { leaksSince, snapshotHost } from './leaks.ts';
import type { SharedPrograms } from './programs.ts';
import { unmountAt, unmountBelow } from './unmount-below.ts';

/** What all cases of a run have in common. */
export interface Bench {
  /** Where each attempt gets a directory. */
  directory: string;
  description: AdapterDescription;
  host: HostFingerprint;
  /** Of the root filesystems of attempts, one after another. */
  programs: SharedPrograms;
  /** Most milliseconds that anything is waited for; without it as long as each case says. */
  patience?: number | undefined;
  /** Whether others are tried at the same time, who cannot be told from it by what is left: they are looked at together. */
  isInCompany?: boolean | undefined;
  /** Whether controls are left out. */
  withoutControls?: boolean | undefined;
  /** The one that is there, or another where it has died. */
  adapter(): AdapterClient;
  /** Number of the next attempt, so that names are those of one alone. */
  next(): string;
}

interface Verdict {
  state: ResultState;
  reason?: string;
  evidence: Evidence[];
  assertions: number;
}

/** Milliseconds for a runtime to clean up what a case has left running. */
const CLEANING = 20_000;

/** Milliseconds that a control is given for what is not to come about: it would wait for all of it in vain. */
const CONTROL_WAIT = 2500;

/** Tries a case: each row of its table, and its control. Throws nothing. */
export async function tryCase(one: LoadedCase, bench: Bench): Promise<CaseEvent> {
  const begin = performance.now();
  const { state, reason, evidence, assertions } = await verdictOn(one, bench);
  return {
    event: 'case',
    case: one.id,
    title: one.value?.title ?? one.id,
    requirements: one.value?.requirements ?? [],
    profiles: one.profiles,
    level: one.level,
    state,
    ...(reason !== undefined && { reason }),
    ...(state !== 'PASS' && evidence.length > 0 && { evidence }),
    assertions,
    milliseconds: Math.round(performance.now() - begin),
  };
}

async function verdictOn({ value, faults, profiles }: LoadedCase, bench: Bench): Promise<Verdict> {
  if (value === undefined || faults.length > 0)
    return { state: 'ERROR', reason: faults.join('; '), evidence: [], assertions: 0 };
  const { rows, obstacle } = rowsFor(value, bench.description, bench.host);
  if (obstacle !== undefined) return { ...obstacle, evidence: [], assertions: 0 };
  let assertions = 0;
  for (const { row, index } of rows) {
    const place = value.table === undefined ? {} : { row: index + 1 };
    const told = value.table === undefined ? '' : `row ${index + 1}, `;
    const verdict = await attempt(value, { profiles, row, bench });
    assertions += verdict.assertions;
    const evidence = verdict.evidence.map((seen) => ({ ...seen, ...place }));
    if (verdict.state !== 'PASS')
      return { ...verdict, reason: `${told}${verdict.reason}`, evidence, assertions };
    if (value.control === undefined || bench.withoutControls) continue;
    const other = controlOf(value);
    // A runtime that cannot be asked for the control passes without it, as it does where there is none.
    if (obstacleOf(other, bench.description, bench.host, row) !== undefined) continue;
    const control = await attempt(other, { profiles, row, bench, longestWait: CONTROL_WAIT });
    const seen = control.evidence.map((one) => ({ ...one, ...place, control: true }));
    if (control.state === 'FAIL' && control.isBroken) continue;
    const reason =
      control.state === 'PASS'
        ? 'its expectation holds without the property too'
        : `its control has ended otherwise: ${control.reason}`;
    return {
      state: control.state === 'PASS' ? 'FAIL' : control.state,
      reason: `${told}${reason}`,
      evidence: seen,
      assertions,
    };
  }
  return assertions === 0
    ? { state: 'ERROR', reason: 'it has looked at nothing', evidence: [], assertions }
    : { state: 'PASS', evidence: [], assertions };
}

interface AttemptOptions {
  profiles: readonly string[];
  row: object;
  bench: Bench;
  /** Most milliseconds that an expectation is waited for. */
  longestWait?: number;
}

/** `isBroken` where it was an expectation that broke. */
async function attempt(
  value: ConformanceCase,
  { profiles, row, bench, longestWait }: AttemptOptions,
): Promise<Verdict & { isBroken: boolean }> {
  const before = bench.isInCompany ? undefined : snapshotHost();
  const token = bench.next();
  const directory = mkdtempSync(join(bench.directory, `${token}-`));
  const { description, patience, programs } = bench;
  const one = new Attempt({
    value,
    profiles,
    row: { ...row },
    directory,
    token,
    adapter: bench.adapter(),
    putPrograms: (place) => programs.put(place),
    ...{ description, patience, longestWait },
  });
  let end: { state: ResultState; reason?: string };
  let isBroken = false;
  try {
    const broken = await one.perform();
    isBroken = broken !== undefined;
    end = broken === undefined ? { state: 'PASS' } : { state: 'FAIL', reason: broken };
  } catch (error) {
    const { message } = error as Error;
    end = { state: error instanceof Interrupted ? error.state : 'ERROR', reason: message };
  }
  await one.close();
  unmountBelow(...['tmp', 'rootfs'].map((name) => join(directory, name)));
  const left = await cleanUp(directory, token, bench);
  unmountAt(join(directory, 'state'));
  if (before) left.push(...(await leaksSince(before, patience)));
  // Of what is left, something may use them still.
  if (left.length === 0) programs.takeBack(join(directory, 'rootfs', programsOf));
  await removeTree(directory);
  const { evidence, assertions } = one;
  if (left.length > 0) {
    const words = `left on the host: ${left.join(', ')}`;
    const reason = end.reason === undefined ? words : `${end.reason}; ${words}`;
    end = { state: end.state === 'PASS' ? 'FAIL' : end.state, reason };
    isBroken = false;
  }
  return { ...end, evidence, assertions, isBroken };
}

/** Has the runtime take away what it has made, by an adapter that has not died. */
async function cleanUp(directory: string, token: string, bench: Bench): Promise<string[]> {
  try {
    const adapter = bench.adapter();
    const request = { directory: join(directory, 'state'), token };
    const outcome = await adapter.call('end', request, CLEANING);
    return outcome.ok ? [] : [`what the runtime does not take away: ${outcome.error.message}`];
  } catch (error) {
    return [`what the adapter does not take away: ${(error as Error).message}`];
  }
}
