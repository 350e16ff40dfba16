// Generated from schema/image/descriptor.schema.json by `npm run generate`; not to be edited.

/**
 * Refers to a blob: what it is, how many bytes it has, and which. No blob is used before it is
 * found to be that. Members that are not named here are ignored, in all parts of an image.
 */
export interface Descriptor {
  /** What the blob is. */
  mediaType: string;
  digest: Digest;
  /** Its bytes. */
  size: number;
  annotations?: Annotations;
  /** In an index, what the image of this image manifest runs on. */
  platform?: Platform;
  [name: string]: unknown;
}

/** The digest of a blob: `sha256:` and 64 hex digits. Other algorithms are refused. */
export type Digest = string;

/**
 * Notes of whoever made it. That of the name `org.opencontainers.image.ref.name` is the name of
 * an image in an index.
 */
export type Annotations = {
  [name: string]: string;
} | null;

/** What an image runs on, in the words of Go. */
export interface Platform {
  /** The processor. */
  architecture: string;
  /** The operating system. */
  os: string;
  /** Which of the processors of this name. */
  variant?: string;
  [name: string]: unknown;
}
