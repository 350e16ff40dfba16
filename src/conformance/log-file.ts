import { readFileSync } from 'node:fs';
import { ScError } from '../errors/error.ts';
import { failure } from '../errors/reason.ts';
import type { CaseEvent, ConformanceLog, EndEvent, RunEvent } from '../schema/conformance-log.ts';
import { validateConformanceEvent } from '../schema/validate-conformance-log.ts';

/** A run as its log tells it. */
export interface RunRecord {
  /** Where it was read. */
  file: string;
  run: RunEvent;
  cases: CaseEvent[];
  /** Undefined where the run did not come to its end. */
  end: EndEvent | undefined;
}

/** Throws SC_BAD_FILE for what is no log of a run, and SC_NOT_FOUND for a file that cannot be read. */
export function readLog(file: string): RunRecord {
  const events = textOf(file)
    .split('\n')
    .flatMap((line, index) => (line === '' ? [] : [eventIn(line, `${file}:${index + 1}`)]));
  return recordOf(events, file);
}

/** Pure: from the events of one run. */
export function recordOf(events: readonly ConformanceLog[], file: string): RunRecord {
  const [run, ...others] = events;
  if (run?.event !== 'run') throw new ScError('SC_BAD_FILE', `read "${file}": it does not begin with a run`);
  const second = others.find(({ event }) => event === 'run');
  if (second !== undefined) throw new ScError('SC_BAD_FILE', `read "${file}": it is the log of several runs`);
  return {
    file,
    run,
    cases: others.filter((event) => event.event === 'case'),
    end: others.find((event) => event.event === 'end'),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw failure('SC_NOT_FOUND', `read "${file}"`, cause);
  }
}

function eventIn(line: string, place: string): ConformanceLog {
  const value = parsed(line);
  if (!validateConformanceEvent(value))
    throw new ScError('SC_BAD_FILE', `${place}: it is no line of such a log`);
  return value as ConformanceLog;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
