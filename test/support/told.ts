import { events } from '../../src/operations/events.ts';
import type { Settings } from '../../src/operations/settings.ts';
import type { EventRecord, EventType } from '../../src/schema/operations/events.ts';

/** What was told of a container, events of these types or all, but for what is another each time. */
export async function told(
  settings: Settings,
  id: string,
  ...types: EventType[]
): Promise<Omit<EventRecord, 'sequence' | 'time' | 'container'>[]> {
  const found: Omit<EventRecord, 'sequence' | 'time' | 'container'>[] = [];
  const request = { since: '0', containers: [id], follow: false, ...(types.length > 0 && { types }) };
  for await (const { sequence, time, container, ...event } of events(request, settings)) found.push(event);
  return found;
}
