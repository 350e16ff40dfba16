import { join } from 'node:path';

/** Where the volumes of a state root are. */
export function storeOf(root: string): string {
  return join(root, 'volumes');
}

/** All that belongs to one. */
export function directoryOf(root: string, name: string): string {
  return join(storeOf(root), name);
}

/** What containers mount of it. */
export function dataOf(root: string, name: string): string {
  return join(directoryOf(root, name), DATA);
}

export const DATA = 'data';
