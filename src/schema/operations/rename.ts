// Generated from schema/operations/rename.schema.json by `npm run generate`; not to be edited.

import type { ContainerName, Reference } from './many.ts';

/** Gives a container another name, whatever it does. Its host name stays. */
export type Rename = RenameRequest | RenameResult;

/** Which container, and what it is to be called. */
export interface RenameRequest {
  container: Reference;
  /** Its new name, that no other has. */
  name: string;
}

/** `sc rename`: with its new name. */
export type RenameResult = ContainerName;
