// Generated from schema/operations/diff.schema.json by `npm run generate`; not to be edited.

/**
 * Lists what has become another: of a container since it was made, or of one container or image
 * against another.
 */
export type Diff = DiffRequest | DiffResult;

/**
 * What is compared with what. A name is that of a container, or where there is none that of an
 * image.
 */
export interface DiffRequest {
  /** A container or image. Without it, what the container stands on. */
  before?: string;
  /** A container, or beside another an image too. */
  after: string;
}

/** `sc diff`. */
export interface DiffResult {
  before?: Compared;
  after: Compared;
  /** By the bytes of their paths. */
  changes: FilesystemChange[];
}

/** A container or image. */
export interface Compared {
  /** Which of them it is. */
  kind: 'container' | 'image';
  /** Its ID: 64 hex digits of a container, the digest of its config of an image. */
  id: string;
  /** Its name. An image need not have one. */
  name?: string;
}

/** An entry that is another. What is in a directory that is gone is not listed. */
export interface FilesystemChange {
  /** `A` was added, `C` is changed itself, `D` is gone. */
  kind: 'A' | 'C' | 'D';
  /** Where it is, or was. */
  path?: string;
  /** The same where it is not UTF-8, its bytes as base64. */
  pathBase64?: string;
}
