import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs';
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
 * Opens a file, a directory, or with `-` the caller's stdin; `action` is for errors, such as `load images`. Throws
 * SC_NOT_FOUND, SC_SYSTEM_CALL, and SC_USAGE for a terminal, from which no archive comes.
 */
export function openSource(text: string, action: string, caller: Caller): Source {
  return text === '-' ? openStdin(action, caller) : openPath(absolutePath(text, caller), action, text);
}

/** The same of an absolute path, which errors call `text`. */
export function openPath(path: string, action: string, text = path): Source {
  try {
    const descriptor = openSync(path, constants.O_RDONLY);
    const stats = fstatSync(descriptor);
    if (stats.isDirectory()) {
      closeSync(descriptor);
      return { kind: 'directory', path };
    }
    const chunks = createReadStream('', { fd: descriptor, highWaterMark: CHUNK });
    return { kind: 'bytes', name: basename(path), chunks, ...(stats.isFile() && { total: stats.size }) };
  } catch (error) {
    const code = isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') ? 'SC_NOT_FOUND' : 'SC_SYSTEM_CALL';
    throw failure(code, `${action} from "${text}"`, error);
  }
}

function openStdin(action: string, caller: Caller): Source {
  if (caller.stdin.terminal)
    throw new ScError('SC_USAGE', `${action} from stdin: it is a terminal`, {
      hint: 'name a file, or put one on stdin: < FILE',
    });
  return { kind: 'bytes', name: 'stdin', chunks: openStandardInput(caller.stdin) };
}
