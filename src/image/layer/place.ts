/**
 * How an unpacked layer lies on the disk. `overlay`: alone, for overlay to put over others: what it takes away is a
 * character device 0:0, and a directory that hides those below has an attribute that says so (overlayfs.rst,
 * "whiteouts and opaque directories"). `merged`: over a copy of all layers below it, from which it has taken away
 * what it takes away.
 */
export type LayerForm = 'overlay' | 'merged';

/** Where a layer is unpacked. */
export interface LayerPlace {
  /** Absolute. Empty but for the metadata of the parent's own directory, or in the form `merged` a copy of the parent. */
  directory: string;
  form: LayerForm;
  /** The layers below it, topmost first; none in the form `merged`. */
  lower: readonly string[];
}
