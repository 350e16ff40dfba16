import type { DirectoryNode } from './directory-node.ts';

/** What a form of a layer does about the layers below it. What the layer itself has is never hidden by it. */
export interface Hiding {
  /** To be called for each name that is of this layer. */
  own(parent: DirectoryNode, name: string): void;
  /** Takes a name of the layers below away; no effect where they have none. `time` is of the marker. */
  whiteOut(parents: readonly string[], name: string, time: bigint): void;
  /** Takes away what the layers below have in a directory. */
  makeOpaque(node: DirectoryNode, time: bigint): void;
}
