import { ScError } from '../errors/error.ts';
import { FileChanges } from '../linux/file-changes.ts';
import type { EventRecord, EventsRequest } from '../schema/operations/events.ts';
import { journalDirectory } from '../state/journal.ts';
import { JournalReader, lastEvent } from '../state/journal-reader.ts';
import type { Settings } from './settings.ts';
import { parseTimeArgument } from './time-argument.ts';
import { openWorkplace, type Workplace } from './workplace.ts';

const MILLISECOND = 1_000_000n;

/** Milliseconds between two looks where the kernel does not tell of a change. */
const PAUSE = 500;

/** The number of an event, or milliseconds since 1970. */
type Moment = { sequence: number } | { time: number };

/**
 * What has happened to containers, networks and volumes, and what happens until `until` has come or it is aborted. Throws SC_USAGE for
 * what is no moment, SC_AMBIGUOUS, and SC_NOT_FOUND for events that are kept no more, or that never were.
 */
export async function* events(
  request: EventsRequest,
  settings: Settings,
  abort?: AbortSignal,
): AsyncGenerator<EventRecord> {
  const place = await openWorkplace(settings);
  const [since, until] = [moment(request.since), moment(request.until)];
  const follow = request.follow ?? true;
  const passes = await filterOf(place, request);
  const reader = new JournalReader(settings.root, beginning(since, settings.root));
  const changes = new FileChanges();
  const isFromThen = (event: EventRecord) =>
    since === undefined || 'sequence' in since || Date.parse(event.time) >= since.time;
  try {
    for (;;) {
      changes.forget();
      changes.watch(journalDirectory(settings.root));
      const now = Date.now();
      for (const event of reader.read()) {
        if (until !== undefined && isBehind(event, until)) return;
        if (isFromThen(event) && passes(event)) yield event;
        if (until !== undefined && 'sequence' in until && event.sequence === until.sequence) return;
      }
      const rest = until !== undefined && 'time' in until ? until.time - now : Number.POSITIVE_INFINITY;
      if (!follow || rest < 0 || abort?.aborted) return;
      await changes.wait(Math.min(PAUSE, rest + 1), abort);
    }
  } finally {
    changes.close();
    reader.close();
  }
}

function moment(text: string | undefined): Moment | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return { sequence: Number(text) };
  return { time: Number(parseTimeArgument(text, Date.now(), 'tell of events from or to') / MILLISECOND) };
}

function beginning(since: Moment | undefined, root: string): number | 'oldest' {
  if (since !== undefined && 'time' in since) return 'oldest';
  const last = lastEvent(root);
  if (since === undefined) return last;
  if (since.sequence <= last) return since.sequence;
  throw new ScError(
    'SC_NOT_FOUND',
    `read the events after ${since.sequence}: ${last === 0 ? 'there is none yet' : `the last one is ${last}`}`,
    { hint: 'give the number of an event of this state directory (--root), or a time' },
  );
}

function isBehind({ sequence, time }: EventRecord, until: Moment): boolean {
  return 'sequence' in until ? sequence > until.sequence : Date.parse(time) > until.time;
}

/** A container that is there is meant by its ID, whatever it is called meanwhile. */
async function filterOf(
  { store }: Workplace,
  { containers, types }: EventsRequest,
): Promise<(event: EventRecord) => boolean> {
  const ids = new Set<string>();
  for (const reference of containers ?? []) {
    try {
      ids.add(await store.identify(reference));
    } catch (error) {
      if (!(error instanceof ScError) || error.code !== 'SC_NOT_FOUND') throw error;
    }
  }
  const names = new Set(containers);
  const isNamed = (id: string) => [...names].some((name) => /^[0-9a-f]+$/.test(name) && id.startsWith(name));
  const isOfThese = ({ container, from }: EventRecord) =>
    container !== undefined &&
    (ids.has(container.id) ||
      names.has(container.name) ||
      (from !== undefined && names.has(from)) ||
      isNamed(container.id));
  return (event) =>
    (containers === undefined || isOfThese(event)) && (types === undefined || types.includes(event.type));
}
