// Generated from schema/operations/copy.schema.json by `npm run generate`; not to be edited.

import type { Reference } from './many.ts';

/** Copies files between the host and containers, or between containers, whether they run or not. */
export type Copy = CopyRequest | CopyResult;

/** A place on the host, in a container, or a tar on the caller's standard input or output. */
export type CopyPlace =
  | {
      /** On the host. */
      kind: 'host';
      /**
       * Absolute, or below the caller's working directory. A `/.` at its end means what is in the
       * directory.
       */
      path: string;
    }
  | {
      /** In a container. */
      kind: 'container';
      container: Reference;
      /**
       * As seen inside, with or without the first slash. Of a source a pattern with `*`, `?`, `[a-z]`
       * stands for all that fit.
       */
      path: string;
    }
  | {
      /** A tar. */
      kind: 'tar';
    };

/** From where, to where, and how. One of both is a container. */
export interface CopyRequest {
  /** What is copied. */
  source: CopyPlace;
  /** A directory into which it goes, or what it is to be called. */
  destination: CopyPlace;
  /** Whether owners, set-user-ID bits, and extended attributes are kept. Default: false. */
  archive?: boolean;
  /** Whether a source that is a link stands for what it leads to. Default: false. */
  followLink?: boolean;
  /**
   * Whose it is in the container: user, uid, user:group, uid:gid, uid:group or user:gid, by its own
   * files. Without it root's.
   */
  owner?: string;
}

/** `sc copy`: what was copied. */
export interface CopyResult {
  /** Each source as it was found, patterns resolved: `NAME:PATH` of a container, `-` of a tar. */
  sources: string[];
  /** Files, directories, links and all else that was written. */
  entries: number;
  /** Of the content of files, without holes. */
  bytes: number;
  /** What was not copied, since it cannot be. */
  leftOut: {
    /** Which one. */
    path: string;
    /** Why. */
    reason: string;
  }[];
}
