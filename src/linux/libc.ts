import { constants } from 'node:os';
import type { LibraryHandle } from 'koffi';
import { ScError } from '../errors/error.ts';
import { koffi } from './koffi.ts';

type Call = ReturnType<LibraryHandle['func']>;

let opened: LibraryHandle | undefined;

/**
 * The C library of this process, the only door to the kernel beside Node's own. Symbols are looked up in
 * the running program itself, which has libc loaded, so that glibc and musl serve alike; each at its first call.
 */
export const library = {
  func(prototype: string): (...args: Parameters<Call>) => ReturnType<Call> {
    let call: Call | undefined;
    return (...args) => {
      opened ??= koffi().load(null);
      call ??= opened.func(prototype);
      return call(...args);
    };
  },
};

/** EWOULDBLOCK is another name of EAGAIN. */
const { EWOULDBLOCK: _, ...errnos } = constants.errno;
const names = new Map<number, string>(Object.entries(errnos).map(([name, value]) => [value, name]));

/** `EPERM` for 1; `errno 531` for a number without a name. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/**
 * Declares a function of libc that answers -1 and sets errno on failure, and throws SC_SYSTEM_CALL then.
 * `prototype` is C, such as `int flock(int fd, int operation)`.
 */
export function declare<Arguments extends unknown[]>(prototype: string): (...args: Arguments) => number {
  const call = library.func(prototype);
  const name = /(\w+)\(/.exec(prototype)?.[1] ?? prototype;
  return (...args) => {
    const result = Number(call(...args));
    if (result !== -1) return result;
    const errno = errnoName(koffi().errno());
    throw new ScError('SC_SYSTEM_CALL', `${name}: ${errno}`, { errno });
  };
}
