// Generated from schema/image/docker-archive.schema.json by `npm run generate`; not to be edited.

/**
 * The file `manifest.json` of what `docker save` writes: the images of the archive, by the names
 * of its members.
 */
export type DockerArchive = ArchivedImage[];

/** One image. */
export interface ArchivedImage {
  /** The member that is its config. */
  Config: string;
  /** Its names. */
  RepoTags?: string[] | null;
  /** The members that are its layers, lowest first. */
  Layers?: string[] | null;
  [name: string]: unknown;
}
