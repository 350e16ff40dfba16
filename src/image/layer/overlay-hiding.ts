import { closeSync } from 'node:fs';
import { S_IFCHR } from '../../linux/constants.ts';
import { namesIn } from '../../linux/directory.ts';
import { mknodat } from '../../linux/directory-entries.ts';
import { type DirectoryNode, withAllBelow } from './directory-node.ts';
import type { Hiding } from './hiding.ts';
import type { LayerTree } from './layer-tree.ts';

/** Leaves marks for overlay, which makes the difference when it mounts the layer over others. */
export function overlayHiding(tree: LayerTree): Hiding {
  return {
    own(parent) {
      parent.hold();
    },

    whiteOut(parents, name, time) {
      whiteOut(tree, parents, name, time);
    },

    makeOpaque(node, time) {
      if (node.parent === undefined) whiteOutRoot(tree, time);
      else hideContent(tree, node, time);
    },
  };
}

function whiteOut(tree: LayerTree, parents: readonly string[], name: string, time: bigint): void {
  const parent = tree.find(parents);
  const directory = parent?.child(name);
  if (directory?.isOwn) {
    hideContent(tree, directory, time);
    directory.takeBack(time);
    return;
  }
  if (parent !== undefined) {
    if (directory !== undefined || parent.foreign.has(name)) tree.remove(parent, name);
    if (tree.look(parent, name) !== undefined) return;
  }
  addWhiteout(tree, parents, name, time);
}

/** Where nothing shows there is nothing to hide: a whiteout in a directory that is not merged could be seen. */
function addWhiteout(tree: LayerTree, parents: readonly string[], name: string, time: bigint): void {
  const below = tree.openShown([...parents, name]);
  if (below === undefined) return;
  closeSync(below);
  const parent = tree.provide(parents, time);
  mknodat(tree.writable(parent), Buffer.from(name, 'latin1'), S_IFCHR, 0n);
  parent.addForeign(name);
}

/** Of a directory of this layer, all that the layers below have in it. */
function hideContent(tree: LayerTree, top: DirectoryNode, time: bigint): void {
  tree.setOpaque(top);
  for (const node of withAllBelow(top)) {
    for (const name of [...node.foreign]) tree.remove(node, name);
    for (const child of [...node.children]) {
      if (child.isOwn) child.takeBack(time);
      else tree.remove(node, child.name);
    }
  }
}

/** The kernel does not look whether the top of a layer is opaque, so each of its names is hidden. */
function whiteOutRoot(tree: LayerTree, time: bigint): void {
  for (const layer of tree.lower) {
    for (const entry of namesIn(layer)) whiteOut(tree, [], entry.toString('latin1'), time);
  }
}
