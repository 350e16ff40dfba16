import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { mergedDriver, removeTree } from 'standard-container/storage';

/**
 * Whole root filesystems, each a copy by cp(1). What snapshots, layers and changes are made of such trees is said once,
 * by `mergedDriver`.
 *
 * @param {string} store
 */
export function copyDriver(store) {
  return mergedDriver(store, {
    name: 'copy',
    check: () => undefined,
    makeEmpty(tree) {
      mkdirSync(tree);
      chmodSync(tree, 0o755);
    },
    makeCopy(from, tree) {
      execFileSync('/usr/bin/cp', ['--archive', '--reflink=auto', '--no-target-directory', from, tree]);
    },
    remove: removeTree,
  });
}
