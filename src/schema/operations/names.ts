// Generated from schema/operations/names.schema.json by `npm run generate`; not to be edited.

/**
 * Has the monitor serve the names of networks, whose bridges are there, as long as containers run
 * in them. Who starts a container in the foreground asks for it before.
 */
export type Names = NamesRequest | NamesResult;

/** Of which networks. */
export interface NamesRequest {
  /** Their names. */
  networks: string[];
}

/** Where the names are served. */
export interface NamesResult {
  /** Addresses of the bridges, each with a name server at port 53. */
  servers: string[];
}
