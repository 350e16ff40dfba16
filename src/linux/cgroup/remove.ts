import { rmdirSync } from 'node:fs';
import { isErrno } from '../descriptor.ts';

/** Answers whether a group is gone, or never was: one with processes or groups in it stays. */
export function removeGroup(path: string): boolean {
  try {
    rmdirSync(path);
  } catch (error) {
    if (isErrno(error, 'EBUSY') || isErrno(error, 'ENOTEMPTY')) return false;
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  return true;
}
