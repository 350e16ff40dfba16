// Generated from schema/operations/commit.schema.json by `npm run generate`; not to be edited.

import type { ImageProcess } from '../image/config.ts';
import type { Reference } from './many.ts';

/**
 * Makes an image of a container: the layers of its own image, and on them one layer of what has
 * become another since.
 */
export type Commit = CommitRequest | CommitResult;

/** Of which container, under which name, and how containers of the image start. */
export interface CommitRequest {
  container: Reference;
  /** Name of the image, with its tag; `latest` where it has none. Without it the image has no name. */
  name?: string;
  /**
   * How containers of it start, each member in place of that of the container's own image; null
   * takes one away.
   */
  config?: ImageProcess;
  /**
   * Changes of that, after `config`, in the words of a Dockerfile: CMD, ENTRYPOINT, ENV, EXPOSE,
   * HEALTHCHECK, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR.
   */
  changes?: string[];
  /** Labels of it, last. */
  labels?: {
    [name: string]: string;
  };
  /** What its history says of it. */
  message?: string;
  /** Who makes it. */
  author?: string;
  /**
   * When it was made: RFC 3339, or seconds since 1970. The same container gives the same image with
   * it. Without it now.
   */
  created?: string;
  /** Of the new layer. Default: gzip. */
  compression?: 'gzip' | 'zstd' | 'none';
  /** Whether the container stands still meanwhile, so that its files belong together. Default: true. */
  pause?: boolean;
}

/** `sc commit`. */
export interface CommitResult {
  /** The image's ID: the digest of its config. */
  id: string;
  /** Its full name, if it was given one. */
  name?: string;
  /** The digest of its image manifest. */
  digest: string;
  layer: CommittedLayer;
}

/** The layer of what has become another. */
export interface CommittedLayer {
  /** The digest of its tar. */
  diffId: string;
  /** The digest of that as it is compressed. */
  digest: string;
  /** Bytes of that. */
  size: number;
}
