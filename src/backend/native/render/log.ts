import { O_APPEND, O_CLOEXEC, O_CREAT, O_RDWR, O_WRONLY } from '../../../linux/constants.ts';
import { dataLimit, ENTRY_SIZE } from '../../../logging/layout.ts';
import type { LogTarget } from '../../backend.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import type { Argument, Data } from '../program/program.ts';
import { MESSAGE_LOG } from '../protocol.ts';

/** What a pipe holds is moved at once. */
export const LARGEST_CHUNK = 262_144;

/** What the keeper has of a log that it writes. */
export interface Log {
  target: LogTarget;
  /** An i32: a descriptor. */
  directory: Data;
  /** Two i32: descriptors of the data and of the index. */
  files: Data;
  /** Of the index, the last one; its time is the latest that there was. */
  entry: Data;
  /** An i32: whether that entry is still to be written. */
  debt: Data;
  /** The message on what hinders it. */
  trouble: Data;
}

/** A log that is not open yet. */
export function closedLog(p: ProgramBuilder, target: LogTarget): Log {
  return {
    target,
    directory: p.struct('directory of the log', [-1, 4], [0, 4]),
    files: p.struct('files of the log', [-1, 4], [-1, 4]),
    entry: p.space('entry of the index', ENTRY_SIZE),
    debt: p.space('entry to be written', 8),
    trouble: p.struct('trouble with the log', [MESSAGE_LOG, 4], [0, 4]),
  };
}

/** Where each is kept, and how it is opened. */
export const logFiles = [
  { kind: 'data', at: 0, flags: O_WRONLY | O_CREAT | O_CLOEXEC },
  { kind: 'index', at: 4, flags: O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND },
] as const;

/** Where its files are. */
export function directoryOf({ directory }: Log): Argument {
  return { load: 32, from: directory, at: 0 };
}

/** The data, and the index. */
export function filesOf({ files }: Log): [Argument, Argument] {
  return [
    { load: 32, from: files, at: 0 },
    { load: 32, from: files, at: 4 },
  ];
}

/** Bytes that are moved at once, at most. */
export function chunkSize(target: LogTarget): number {
  return Math.min(LARGEST_CHUNK, Math.floor(dataLimit(target.maxSize) / 4));
}
