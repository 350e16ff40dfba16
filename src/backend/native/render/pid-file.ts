import { basename, dirname } from 'node:path';
import {
  AT_FDCWD,
  ESRCH,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
} from '../../../linux/constants.ts';
import { temporaryPidFile } from '../../../linux/pid-file.ts';
import type { ContainerSpec } from '../../../schema/container-spec.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data, Entry } from '../program/program.ts';
import { close } from './mount-api.ts';

// Others of the host learn from a file which process is the container's first one. The keeper writes it when that
// process is there and waits, and takes it away when it has ended: it outlives sc.

/** Above what the keeper holds then, below what a tool inherits. */
const KNOWN = 69;

/** More than the longest number and its line feed. */
const TEXT_SIZE = 16;

/** A file to be written, and what it says from then on. */
export interface PidFile {
  directory: string;
  name: string;
  temporary: string;
  /** Text with zeros behind it; all zeros before it is written. */
  said: Data;
}

/** Undefined where none is asked for. */
export function pidFileOf(
  p: ProgramBuilder,
  { id, monitor }: Pick<ContainerSpec, 'id' | 'monitor'>,
): PidFile | undefined {
  const { pidFile } = monitor;
  if (pidFile === undefined) return undefined;
  const said = p.space('what the pid file says', TEXT_SIZE);
  return { directory: dirname(pidFile), name: basename(pidFile), temporary: temporaryPidFile(id), said };
}

/**
 * Puts the number of a process into its file; `pidfd` is of that process. Who looks finds all of it or what was there
 * before, and a link of the name is replaced and never followed.
 */
export function writePidFile(p: ProgramBuilder, file: PidFile | undefined, pidfd: Argument): void {
  if (file === undefined) return;
  const { directory, name, temporary, said } = file;
  const words = `write the pid file "${directory}/${name}"`;
  const place = openPlace(p, file);
  p.hint(place, {
    ENOENT: `make its directory before: mkdir -p ${directory}`,
    ENOTDIR: 'name a file in a directory',
  });
  const at: Argument = { result: place };
  // Of a start that was killed.
  p.attempt('remove what an earlier start has left of it', 'unlinkat', at, p.string(temporary), 0);
  const flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const opened = p.call(words, 'openat', at, p.string(temporary), flags, 0o644);
  p.hint(opened, { EROFS: 'name a file on a filesystem that can be written to, such as below /run' });
  writeNumber(p, words, opened, pidfd);
  p.call(words, 'pread64', { result: opened }, said, TEXT_SIZE, 0);
  const moved = p.call(words, 'renameat2', at, p.string(temporary), at, p.string(name), 0);
  p.hint(moved, { EISDIR: 'it is a directory: name a file', EBUSY: 'it is a mount: name another file' });
  for (const descriptor of [opened, place]) close(p, descriptor);
}

/** Removes the file where it still says what was written; who has put another in its place keeps that. */
export function removePidFile(p: ProgramBuilder, file: PidFile | undefined): void {
  if (file === undefined) return;
  const { name, temporary, said } = file;
  const words = 'remove the pid file';
  const [gone, kept] = [p.label('its directory is gone'), p.label("it is somebody else's")];
  const place = openPlace(p, file, true);
  p.jump(gone, 'less', { result: place }, 0);
  const at: Argument = { result: place };
  p.attempt(words, 'unlinkat', at, p.string(temporary), 0);
  p.jump(kept, 'equal', { load: 8, from: said, at: 0 }, 0);
  const flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const opened = p.attempt(words, 'openat', at, p.string(name), flags);
  p.jump(kept, 'less', { result: opened }, 0);
  const found = p.space('what it says now', TEXT_SIZE);
  p.attempt(words, 'pread64', { result: opened }, found, TEXT_SIZE, 0);
  p.attempt('close', 'close', { result: opened });
  for (const offset of [0, 8])
    p.jump(kept, 'not-equal', { load: 64, from: found, at: offset }, { load: 64, from: said, at: offset });
  p.attempt(words, 'unlinkat', at, p.string(name), 0);
  p.place(kept);
  p.attempt('close', 'close', at);
  p.place(gone);
}

/** By its path each time, so that it can be unmounted meanwhile. */
function openPlace(p: ProgramBuilder, { directory }: PidFile, mayFail = false): Entry {
  const words = `open "${directory}", where the pid file is`;
  const args = [AT_FDCWD, p.string(directory), O_PATH | O_DIRECTORY | O_CLOEXEC] as const;
  return mayFail ? p.attempt(words, 'openat', ...args) : p.call(words, 'openat', ...args);
}

/** The kernel tells of a pidfd which number it has, in a line of its own: `Pid:`, a tab, digits (pidfd_open(2)). */
function writeNumber(p: ProgramBuilder, words: string, file: Entry, pidfd: Argument): void {
  const ask = 'ask for the number of the first process';
  p.call(ask, 'dup3', pidfd, KNOWN, O_CLOEXEC);
  const path = p.string(`/proc/self/fdinfo/${KNOWN}`);
  const told = p.call(ask, 'openat', AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  const byte = p.space('byte', 8);
  const hear = (letter: Argument, size: number) => {
    const heard = p.call(ask, 'read', { result: told }, letter, size);
    const there = p.label('it is told');
    p.jump(there, 'equal', { result: heard }, size);
    p.fail(ask, -ESRCH);
    p.place(there);
  };
  const letter: Argument = { load: 8, from: byte, at: 0 };
  const [search, copy] = [p.label('look for the line'), p.label('copy the number')];
  p.place(search);
  hear(byte, 1);
  p.jump(search, 'not-equal', letter, 'P'.charCodeAt(0));
  hear(p.space('the rest of its name', 8), 'id:\t'.length);
  p.place(copy);
  hear(byte, 1);
  p.call(words, 'write', { result: file }, byte, 1);
  p.jump(copy, 'not-equal', letter, '\n'.charCodeAt(0));
  close(p, told);
  p.call('close', 'close', KNOWN);
}
