// Generated from schema/operations/delete.schema.json by `npm run generate`; not to be edited.

import type { ContainerName, FailedReferences, References } from './many.ts';

/** Deletes containers and what they wrote. */
export type Delete = DeleteRequest | DeleteResult;

/** What is to be deleted, and how. */
export interface DeleteRequest {
  /** Without it all that there are. */
  containers?: References;
  /** Whether what runs is killed, and what cannot be read deleted too. Default: false. */
  force?: boolean;
  /**
   * Whether their volumes without a name go too, as far as no other container mounts them. Volumes
   * with a name stay. Default: false.
   */
  volumes?: boolean;
  /** Whether a name that nothing has is as good as deleted. Default: false. */
  ignoreMissing?: boolean;
}

/**
 * `sc delete`: each is tried, also where another fails. A container whose record could not be
 * read has its ID for a name.
 */
export interface DeleteResult {
  /** Containers that are deleted. */
  containers: ContainerName[];
  /** Networks of container files that are removed, where files were named. */
  networks?: string[];
  /** Volumes with a name that are removed, where files were named and that was asked for. */
  volumes?: string[];
  failures: FailedReferences;
}
