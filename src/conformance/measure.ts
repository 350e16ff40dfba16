import { closeSync, openSync } from 'node:fs';
import { writeFully } from '../linux/descriptor.ts';
import type { ConformanceResult } from '../schema/conformance-answer.ts';
import type { CaseEvent, ConformanceLog } from '../schema/conformance-log.ts';
import { type RunRecord, recordOf } from './log-file.ts';
import { runSuite, type SuiteRequest } from './run-suite.ts';
import { countsOf, meaning, tallyOf } from './verdict.ts';

export interface Measurement extends SuiteRequest {
  /** File for the log. */
  log?: string | undefined;
}

/** Runs the suite, keeps its log, and tells each case as it ends. Errors are those of `runSuite` and of the file. */
export async function measure(
  { log, ...request }: Measurement,
  tell: (event: CaseEvent) => void,
): Promise<RunRecord> {
  const descriptor = log === undefined ? undefined : openSync(log, 'w');
  const events: ConformanceLog[] = [];
  try {
    await runSuite(request, (event) => {
      events.push(event);
      // Line by line, so that the log of a run that is killed tells what was.
      if (descriptor !== undefined) writeFully(descriptor, `${JSON.stringify(event)}\n`);
      if (event.event === 'case') tell(event);
    });
    return recordOf(events, log ?? 'the run');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** What came of a run, in short. */
export function resultOf({ run, cases, end }: RunRecord, log?: string): ConformanceResult {
  const counts = countsOf(cases);
  const troubles = cases.filter(({ state }) => ['failed', 'incomplete'].includes(meaning[state]));
  return {
    runtime: run.runtime,
    seed: run.selection.seed,
    complete: end !== undefined && cases.length === run.selection.selected,
    counts,
    tally: tallyOf(counts),
    troubles: troubles.map(({ case: id, state, reason = '' }) => ({ case: id, state, reason })),
    ...(log !== undefined && { log }),
    milliseconds: end?.milliseconds ?? 0,
  };
}
