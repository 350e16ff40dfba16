// Generated from schema/image/layout.schema.json by `npm run generate`; not to be edited.

/**
 * The file `oci-layout`, by which a directory or tar is known as an OCI image layout. Beside it
 * stand `index.json` and, by their digests, `blobs/sha256/HEX`.
 */
export interface Layout {
  /** The version of the layout. */
  imageLayoutVersion: '1.0.0';
  [name: string]: unknown;
}
