import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScError } from '../errors/error.ts';
import { LOCK_EX, LOCK_NB, LOCK_SH } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

/** Milliseconds. What is done under a lock takes less than one. */
const LONGEST_PAUSE = 10;

const flock = declare<[number, number]>('int flock(int fd, int operation)');

export interface LockOptions {
  /** Milliseconds to wait for another holder; 60 s without it, in which a hundred have their turn. */
  timeout?: number;
  /** Whether others may hold it shared at the same time. */
  shared?: boolean;
}

/**
 * Runs `action` while holding the lock (flock(2)) of an existing file or directory, the exclusive one unless it is
 * asked for shared. The kernel lets go of the lock when its holder dies, however it dies, so that no lock is ever stale.
 * Throws SC_LOCKED, naming the holder, when it is not free in time.
 */
export async function withLock<Result>(
  path: string,
  action: () => Result | Promise<Result>,
  options: LockOptions = {},
): Promise<Result> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await lock(descriptor, path, options);
    return await action();
  } finally {
    // The lock belongs to the open file, which no child inherits: closing it frees the lock.
    closeSync(descriptor);
  }
}

/** The same at once, with an action that is one; undefined where the lock is not free. */
export function withFreeLock<Result>(path: string, action: () => Result): { result: Result } | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return isFree(descriptor) ? { result: action() } : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Takes the lock of an open file, whose path is for errors. It is held as long as any process has the file open
 * by this descriptor or a duplicate of it.
 */
export async function lock(
  descriptor: number,
  path: string,
  { timeout = 60_000, shared = false }: LockOptions = {},
): Promise<void> {
  const kind = shared ? LOCK_SH : LOCK_EX;
  // The clock is a part of Node that is loaded when it is first asked, which most who lock never do.
  if (isFree(descriptor, kind)) return;
  const end = performance.now() + timeout;
  for (let pause = 1; !isFree(descriptor, kind); pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    if (performance.now() >= end) throw locked(descriptor, path, timeout);
    // Uneven, so that those who wait do not all come at once.
    await sleep(pause * (0.5 + Math.random()));
  }
}

function isFree(descriptor: number, kind = LOCK_EX): boolean {
  try {
    flock(descriptor, kind | LOCK_NB);
    return true;
  } catch (error) {
    if (isErrno(error, 'EWOULDBLOCK') || isErrno(error, 'EAGAIN')) return false;
    throw error;
  }
}

/** Takes the lock of an open file where it is free, until that is closed; one that is held already becomes of this kind. */
export function lockIfFree(descriptor: number, { shared = false } = {}): boolean {
  return isFree(descriptor, shared ? LOCK_SH : LOCK_EX);
}

/** The lock of a file or directory where it is free, until the answer is called; undefined where it is not. */
export function tryLock(path: string): (() => void) | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  let isOurs = false;
  try {
    isOurs = isFree(descriptor);
  } finally {
    if (!isOurs) closeSync(descriptor);
  }
  return isOurs ? () => closeSync(descriptor) : undefined;
}

/** Who has locked a file, where somebody has, and can be seen from here. */
export function lockHolder(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats && holder(stats.ino);
}

function locked(descriptor: number, path: string, timeout: number): ScError {
  const pid = holder(fstatSync(descriptor).ino);
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new ScError('SC_LOCKED', `lock "${path}": still held by ${who} after ${timeout / 1000} s`, {
    errno: 'EWOULDBLOCK',
    hint: 'wait for the other sc to end, or end it: its lock ends with it',
  });
}

/** From a line of /proc/locks such as `3: FLOCK  ADVISORY  WRITE 1234 08:01:131 0 EOF`; READ where it is shared. */
function holder(inode: number): number | undefined {
  const line = new RegExp(`^\\d+: FLOCK +ADVISORY +(?:READ|WRITE) +(\\d+) \\S+:${inode} `, 'm');
  const [, pid] = line.exec(readFileSync('/proc/locks', 'utf8')) ?? [];
  return pid === undefined ? undefined : Number(pid);
}
