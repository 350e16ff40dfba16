import { closeSync, constants, createReadStream, fstatSync, openSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { ScError } from '../../errors/error.ts';
import { failure } from '../../errors/reason.ts';
import { isErrno } from '../../linux/descriptor.ts';
import { absolutePath, type Caller } from '../caller.ts';
import { openStandardInput } from '../input.ts';

/** Where an image comes from. */
export type Source =
  | { kind: 'directory'; path: string }
  /** `name` is for who watches; `total` is how many bytes there are, where that is known. */
  | { kind: 'bytes'; name: string; chunks: AsyncIterable<Buffer>; total?: number };

const CHUNK = 1024 * 1024;

/**
 * Opens a file, a directory, a FIFO as of `<(command)`, or with `-` the caller's stdin; `action` is for errors, such as
 * `load images`. Throws SC_NOT_FOUND, SC_SYSTEM_CALL, SC_USAGE for a terminal on stdin and SC_BAD_IMAGE for a device:
 * no archive comes from these.
 */
export function openSource(text: string, action: string, caller: Caller): Source {
  if (text === '-') return openStdin(action, caller);
  return open(absolutePath(text, caller), { action, text, hint: '`-` reads stdin', isOnce: true });
}

/**
 * A file or directory that a container file names, by its absolute path. It is looked at by each plan, so that nothing
 * will do of which the bytes come once, or never. Throws the same.
 */
export function openPath(path: string, action: string): Source {
  const hint = 'a container file names what stays: write it into a file first';
  return open(path, { action, text: path, hint, isOnce: false });
}

/** What is done with a source that is named so. */
export function wordsFor(action: string, text: string): string {
  return text === '-' ? `${action} from stdin` : `${action} from "${text}"`;
}

/** What is wrong with an image is told of its parts: whoever has named a source is told of which, where that is not said. */
export async function namingSource<Result>(
  { words, text }: { words: string; text: string },
  take: () => Promise<Result>,
): Promise<Result> {
  try {
    return await take();
  } catch (error) {
    if (!(error instanceof ScError) || error.code !== 'SC_BAD_IMAGE') throw error;
    if ([`"${text}"`, `"${text}/`].some((named) => error.message.includes(named))) throw error;
    const hint = 'it was damaged after it was made, or made so: copy it here again, or have it made again';
    throw new ScError('SC_BAD_IMAGE', `${words}: ${error.message}`, {
      cause: error,
      hint: error.hint ?? hint,
    });
  }
}

interface Opening {
  action: string;
  /** What errors call it. */
  text: string;
  /** Where it is of no kind from which an archive comes. */
  hint: string;
  /** Whether bytes will do that come once. */
  isOnce: boolean;
}

function open(path: string, { action, text, hint, isOnce }: Opening): Source {
  try {
    // Who opens a FIFO waits for a writer, and some devices make their own things of it.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(descriptor);
    const kind = kindOf(stats);
    if (kind === undefined || (isOnce && stats.isFIFO()))
      return sourceOf(path, stats.isFIFO() ? waitForWriter(descriptor) : descriptor, stats);
    closeSync(descriptor);
    throw new ScError('SC_BAD_IMAGE', `${wordsFor(action, text)}: it is ${kind}`, { hint });
  } catch (error) {
    if (error instanceof ScError) throw error;
    const code = isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') ? 'SC_NOT_FOUND' : 'SC_SYSTEM_CALL';
    throw failure(code, wordsFor(action, text), error);
  }
}

function sourceOf(path: string, descriptor: number, stats: Stats): Source {
  if (stats.isDirectory()) {
    closeSync(descriptor);
    return { kind: 'directory', path };
  }
  const chunks = createReadStream('', { fd: descriptor, highWaterMark: CHUNK });
  return { kind: 'bytes', name: basename(path), chunks, ...(stats.isFile() && { total: stats.size }) };
}

/** What stands in the place of a file or directory; undefined for these. */
function kindOf(stats: Stats): string | undefined {
  if (stats.isFile() || stats.isDirectory()) return undefined;
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'no file';
}

/** One that has no writer yet looks as if it were empty to who does not wait. */
function waitForWriter(fifo: number): number {
  try {
    return openSync(`/proc/self/fd/${fifo}`, constants.O_RDONLY);
  } finally {
    closeSync(fifo);
  }
}

function openStdin(action: string, caller: Caller): Source {
  if (caller.stdin.terminal)
    throw new ScError('SC_USAGE', `${action} from stdin: it is a terminal`, {
      hint: 'name a file, or put one on stdin: < FILE',
    });
  return { kind: 'bytes', name: 'stdin', chunks: openStandardInput(caller.stdin) };
}
