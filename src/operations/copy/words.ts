import { ScError } from '../../errors/error.ts';
import { visible } from '../../errors/visible.ts';
import type { Root } from './root.ts';

/** A path of bytes as errors show it, no longer than anybody reads. */
export function shownBytes(path: Buffer | string): string {
  const text = (typeof path === 'string' ? Buffer.from(path, 'latin1') : path).toString();
  return visible(text.length > 300 ? `${text.slice(0, 300)}...` : text);
}

/** A path in a root, whose code units are bytes, as it is named on the command line. */
export function shown({ label }: Pick<Root, 'label'>, path: string): string {
  return `${label}${shownBytes(path)}`;
}

export function notDirectory(root: Root, path: string): ScError {
  return new ScError('SC_STORAGE_FAILED', `copy "${shown(root, path)}": it is no directory`, {
    errno: 'ENOTDIR',
  });
}

export function notThere(root: Root, path: string): ScError {
  return new ScError('SC_NOT_FOUND', `copy "${shown(root, path)}": there is no such file or directory`, {
    errno: 'ENOENT',
  });
}
