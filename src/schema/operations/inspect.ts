// Generated from schema/operations/inspect.schema.json by `npm run generate`; not to be edited.

import type { ContainerState } from '../container-state.ts';
import type { Reference } from './many.ts';

/** Tells all that is known of a container, as it is now. */
export type Inspect = InspectRequest | InspectResult;

/** Which container is meant. */
export interface InspectRequest {
  container: Reference;
}

/** `sc inspect`. */
export type InspectResult = ContainerState;
