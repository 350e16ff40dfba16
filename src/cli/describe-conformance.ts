import type {
  AdapterLint,
  CaseList,
  Comparison,
  ConformanceResult,
  MutantsResult,
  MutantVerdict,
  Tally,
} from '../schema/conformance-answer.ts';
import type { CaseEvent } from '../schema/conformance-log.ts';
import { table } from './table.ts';

/** A case as it ends: `FAIL  run/exit-code  exit.code: found 1, expected 3`. */
export function describeCase({ case: id, state, reason }: CaseEvent): string {
  return `${state.padEnd(14)} ${id}${reason === undefined ? '' : `: ${reason}`}`;
}

/** No share is told without what is not in it. */
export function describeResult({
  runtime,
  seed,
  tally,
  complete,
  log,
  milliseconds,
}: ConformanceResult): string {
  const { name, version } = runtime.declared ?? { name: runtime.argument, version: '' };
  return [
    `${`${name} ${version}`.trim()}: ${describeTally(tally)}`,
    `${(milliseconds / 1000).toFixed(1)} s, seed ${seed}${log === undefined ? '' : `, log in ${log}`}`,
    ...(complete ? [] : ['interrupted: there are cases that were not tried']),
  ].join('\n');
}

function describeTally({ passed, failed, incomplete, unsupported, notApplicable }: Tally): string {
  return `${passed} passed, ${failed} failed, ${incomplete} incomplete, ${unsupported} unsupported, ${notApplicable} not applicable`;
}

export function describeCases({ cases, unchecked }: CaseList): string {
  const rows = cases.map(({ case: id, level, requirements, title, faults }) => [
    id,
    level,
    requirements.join(' '),
    faults.length === 0 ? title : `cannot be run: ${faults.join('; ')}`,
  ]);
  return `${table([['CASE', 'LEVEL', 'STATEMENTS', 'TITLE'], ...rows])}\n${cases.length} cases, ${unchecked.length} statements without one`;
}

export function describeComparison({ changed, worse, sameSuite }: Comparison): string {
  return [
    ...(sameSuite ? [] : ['the cases or the specification are others']),
    ...changed.map(
      ({ case: id, before = 'not tried', after = 'not tried', reason }) =>
        `${id}: ${before} -> ${after}${reason === undefined ? '' : `: ${reason}`}`,
    ),
    `${changed.length} cases ended otherwise, ${worse.length} of them worse`,
  ].join('\n');
}

export function describeLint({ declared, checks, sound }: AdapterLint): string {
  return [
    ...(declared === undefined ? [] : [`${declared.name} ${declared.version}`]),
    ...checks.map(({ check, problem }) =>
      problem === undefined ? `good  ${check}` : `BAD   ${check}: ${problem}`,
    ),
    sound ? 'nothing is wrong with it' : 'what is bad has to be mended before cases say anything',
  ].join('\n');
}

/** A mutant as its cases have ended: `killed  leak-fd: a program begins with ...`, and what did not find it. */
export function describeMutant({ mutant, fault, killers, survived }: MutantVerdict): string {
  const isKilled = killers.length > 0 && survived.length === 0;
  const by = killers.length === 0 ? '' : ` (${killers.join(', ')})`;
  return [
    `${isKilled ? 'killed  ' : 'SURVIVED'} ${mutant}: ${fault}${by}`,
    ...survived.map(({ case: id, state, reason }) => `         ${id} ended as ${state}: ${reason}`),
  ].join('\n');
}

export function describeMutants({ mutants, unsound, complete, milliseconds }: MutantsResult): string {
  const alive = mutants.filter(({ killers, survived }) => killers.length === 0 || survived.length > 0);
  return [
    ...unsound.map(({ case: id, state, reason }) => `without a fault ${id} ends as ${state}: ${reason}`),
    `${mutants.length} mutants, ${alive.length} survived, ${(milliseconds / 1000).toFixed(1)} s`,
    ...(complete ? [] : ['interrupted: there are mutants that were not tried']),
  ].join('\n');
}
