import { closeSync } from 'node:fs';
import { namesIn } from '../../linux/directory.ts';
import type { DirectoryNode } from './directory-node.ts';
import type { Hiding } from './hiding.ts';
import type { LayerTree } from './layer-tree.ts';

/** Removes from the copy of the layers below what this layer takes away, whatever comes first in the tar. */
export function mergedHiding(tree: LayerTree): Hiding {
  return {
    own(parent, name) {
      parent.own(name);
    },

    whiteOut(parents, name, time) {
      const shown = tree.openShown([...parents, name]);
      if (shown === undefined) return;
      closeSync(shown);
      takeAway(tree, tree.provide(parents, time), name, time);
    },

    makeOpaque(node, time) {
      empty(tree, node, time);
    },
  };
}

function takeAway(tree: LayerTree, parent: DirectoryNode, name: string, time: bigint): void {
  const node = parent.child(name);
  if (node?.isOwn) {
    empty(tree, node, time);
    node.takeBack(time);
  } else if (!parent.owns(name)) {
    tree.remove(parent, name);
  }
}

function empty(tree: LayerTree, node: DirectoryNode, time: bigint): void {
  for (const name of namesIn(tree.writable(node))) takeAway(tree, node, name.toString('latin1'), time);
}
