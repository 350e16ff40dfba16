import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { EventsRequest, EventType } from '../schema/operations/events.ts';

const types: Readonly<Record<EventType, true>> = {
  created: true,
  started: true,
  paused: true,
  resumed: true,
  signalled: true,
  stopRequested: true,
  stopped: true,
  restarting: true,
  renamed: true,
  updated: true,
  health: true,
  logTrouble: true,
  deleted: true,
  connected: true,
  disconnected: true,
  networkCreated: true,
  networkRemoved: true,
  volumeCreated: true,
  volumeRemoved: true,
};

/** `container=NAME` and `type=TYPE`, as docker has them. Throws SC_USAGE. */
export function readEventFilters(filters: readonly string[]): Pick<EventsRequest, 'containers' | 'types'> {
  const read = filters.map(readFilter);
  const containers = read.flatMap(({ key, value }) => (key === 'container' ? [value] : []));
  const kinds = read.flatMap(({ key, value }) => (key === 'type' ? [checkType(value)] : []));
  return { ...(containers.length > 0 && { containers }), ...(kinds.length > 0 && { types: kinds }) };
}

function readFilter(filter: string): { key: string; value: string } {
  const [, key = '', value = ''] = /^(container|type)=(.+)$/s.exec(filter) ?? [];
  if (key !== '') return { key, value };
  throw new ScError('SC_USAGE', `--filter: found "${filter}"`, {
    hint: '--filter container=NAME or --filter type=TYPE',
  });
}

function checkType(text: string): EventType {
  if (Object.hasOwn(types, text)) return text as EventType;
  const known = Object.keys(types);
  throw new ScError('SC_USAGE', `--filter: there is no type "${text}"${didYouMean(text, known)}`, {
    hint: `one of ${known.join(', ')}`,
  });
}
