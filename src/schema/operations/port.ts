// Generated from schema/operations/port.schema.json by `npm run generate`; not to be edited.

import type { PublishedPort } from '../container-state.ts';
import type { Reference } from './many.ts';

/** Tells by which ports of the machine a container is reached. */
export type Port = PortRequest | PortResult;

/** Of which container. */
export interface PortRequest {
  container: Reference;
}

/** `sc port`. */
export interface PortResult {
  /** ID of the container, 64 hex digits. */
  id: string;
  /** Its name. */
  name: string;
  /** Its published ports; none while it does not run. */
  ports: PublishedPort[];
}
