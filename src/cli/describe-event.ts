import type { EventRecord, EventType } from '../schema/operations/events.ts';
import { describeExit } from './describe.ts';

const words: Readonly<Partial<Record<EventType, string>>> = {
  stopRequested: 'asked to stop',
  logTrouble: 'log',
};

/** `2024-05-01T12:00:03.250Z 42 stopped hello (4f2a9c0b7d1e): 137, oom`. */
export function describeEvent(event: EventRecord): string {
  const { sequence, time, type, container } = event;
  const more = details(event);
  const who = `${container.name} (${container.id.slice(0, 12)})`;
  return `${time} ${sequence} ${words[type] ?? type} ${who}${more === undefined ? '' : `: ${more}`}`;
}

function details({
  type,
  signal,
  exit,
  restart,
  nextAt,
  from,
  changed,
  health,
  errno,
}: EventRecord): string | undefined {
  switch (type) {
    case 'stopped':
      return exit && describeExit(exit);
    case 'signalled':
      return signal;
    case 'started':
      return restart === undefined ? undefined : `restart ${restart}`;
    case 'restarting':
      return `at ${nextAt}`;
    case 'renamed':
      return `was ${from}`;
    case 'updated':
      return changed?.join(', ');
    case 'health':
      return health;
    case 'logTrouble':
      return errno === undefined ? 'is written again' : `cannot be written: ${errno}`;
    default:
      return undefined;
  }
}
