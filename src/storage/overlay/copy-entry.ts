import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  type Stats,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { writeFully } from '../../linux/descriptor.ts';
import { isForOthers } from './host-view.ts';

const SECRETS = ['PRIVATE KEY-----', 'PRIVATE KEY BLOCK-----'];

/**
 * Copies a file, link or directory of the machine with owner, mode and time of change; a directory empty
 * and only its owner's until `finishDirectory`. A file that holds a private key, or that others may not
 * read any more, is left out.
 */
export function copyEntry(source: string, target: string, stats: Stats): void {
  if (stats.isDirectory()) mkdirSync(target, { recursive: true, mode: 0o700 });
  else if (stats.isSymbolicLink()) copyLink(source, target, stats);
  else copyFile(source, target);
}

/** To be called when all that belongs into the directory is there, since that changes its time. */
export function finishDirectory(target: string, { uid, gid, mode, atimeMs, mtimeMs }: Stats): void {
  chownSync(target, uid, gid);
  chmodSync(target, mode & 0o7777);
  utimesSync(target, atimeMs / 1000, mtimeMs / 1000);
}

function copyLink(source: string, target: string, { uid, gid, atimeMs, mtimeMs }: Stats): void {
  symlinkSync(readlinkSync(source, 'buffer'), target);
  lchownSync(target, uid, gid);
  lutimesSync(target, atimeMs / 1000, mtimeMs / 1000);
}

function copyFile(source: string, target: string): void {
  const from = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(from);
    if (!stats.isFile() || !isForOthers(stats)) return;
    const bytes = readFileSync(from);
    if (!SECRETS.some((secret) => bytes.includes(secret))) write(target, bytes, stats);
  } finally {
    closeSync(from);
  }
}

function write(target: string, bytes: Buffer, { uid, gid, mode, atimeMs, mtimeMs }: Stats): void {
  const to = openSync(target, 'wx', 0o600);
  try {
    writeFully(to, bytes);
    fchownSync(to, uid, gid);
    fchmodSync(to, mode & 0o7777);
    futimesSync(to, atimeMs / 1000, mtimeMs / 1000);
  } finally {
    closeSync(to);
  }
}
