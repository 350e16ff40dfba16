// Generated from schema/operations/events.schema.json by `npm run generate`; not to be edited.

import type { ExitStatus } from '../container-state.ts';
import type { ContainerName } from './many.ts';

/** Reads what has happened to containers, networks and volumes, and what happens. */
export type Events = EventsRequest | EventsResult;

/** Which events. */
export interface EventsRequest {
  /** Only those after this event, or from this time on. Without it those from now on. */
  since?: Moment;
  /**
   * None after this event, or after this time; when it has come there are no more. Without it as
   * long as somebody listens.
   */
  until?: Moment;
  /** Whether to go on with what happens from now on. Default: true. */
  follow?: boolean;
  /** Only those of these containers: names, also earlier ones, IDs or beginnings of IDs. */
  containers?: string[];
  /** Only these. */
  types?: EventType[];
}

/** The sequence number of an event, or a time: RFC 3339 with its zone, or a duration before now. */
export type Moment = string;

/** `sc events`: an object a line for each event. */
export type EventsResult = EventRecord;

/** What happened. */
export type EventType =
  | 'created'
  | 'started'
  | 'paused'
  | 'resumed'
  | 'signalled'
  | 'stopRequested'
  | 'stopped'
  | 'restarting'
  | 'renamed'
  | 'updated'
  | 'health'
  | 'logTrouble'
  | 'deleted'
  | 'connected'
  | 'disconnected'
  | 'networkCreated'
  | 'networkRemoved'
  | 'volumeCreated'
  | 'volumeRemoved';

/** Something that happened to a container, a network or a volume. */
export interface EventRecord {
  /** Greater than those of all events before it, and never used again. A gap means nothing. */
  sequence: number;
  /**
   * When it was recorded: RFC 3339, UTC, to the millisecond. It does not decrease from one event to
   * the next.
   */
  time: string;
  type: EventType;
  /** The container that it happened to; of a network or volume alone there is none. */
  container?: ContainerName;
  /** Of `networkCreated`, `networkRemoved`, `connected` and `disconnected`: name of the network. */
  network?: string;
  /** Of `volumeCreated` and `volumeRemoved`: name of the volume. */
  volume?: string;
  /** Of `signalled`: which signal `sc kill` has sent. */
  signal?: string;
  /** Of `stopped`: how it ended. */
  exit?: ExitStatus;
  /**
   * Of `started`: how often its restart policy has started it until now, where that was more than
   * never.
   */
  restart?: number;
  /** Of `restarting`: when it will be started again. */
  nextAt?: string;
  /** Of `renamed`: its name until then. */
  from?: string;
  /** Of `updated`: the members of its spec that are others now. */
  changed?: string[];
  /** Of `health`: what its health check says now. */
  health?: 'starting' | 'healthy' | 'unhealthy';
  /** Of `logTrouble`: why its log cannot be written. Without it, it is written again. */
  errno?: string;
}
