import type { EventRecord, EventType } from '../schema/operations/events.ts';
import { describeExit } from './describe.ts';

const words: Readonly<Partial<Record<EventType, string>>> = {
  stopRequested: 'asked to stop',
  logTrouble: 'log',
  networkCreated: 'created network',
  networkRemoved: 'removed network',
  volumeCreated: 'created volume',
  volumeRemoved: 'removed volume',
};

/** `2024-05-01T12:00:03.250Z 42 stopped hello (4f2a9c0b7d1e): 137, oom`. */
export function describeEvent(event: EventRecord): string {
  const { sequence, time, type, container, network, volume } = event;
  const more = details(event);
  const who =
    container === undefined ? (network ?? volume) : `${container.name} (${container.id.slice(0, 12)})`;
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
  network,
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
    case 'connected':
    case 'disconnected':
      return network;
    case 'logTrouble':
      return errno === undefined ? 'is written again' : `cannot be written: ${errno}`;
    default:
      return undefined;
  }
}
