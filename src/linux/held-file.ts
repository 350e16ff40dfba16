import { closeSync, constants, readSync } from 'node:fs';
import { AT_FDCWD } from './constants.ts';
import { isErrno } from './descriptor.ts';
import { declare } from './libc.ts';

const FAN_CLOEXEC = 1;
const FAN_NONBLOCK = 2;
const FAN_CLASS_CONTENT = 4;
const FAN_MARK_ADD = 1;
const FAN_OPEN_PERM = 0x10000;

/** Where the descriptor and the process stand in a struct fanotify_event_metadata of 24 bytes (fanotify(7)). */
const EVENT = { size: 24, descriptor: 16, process: 20 };

const MOST_EVENTS = 64;

const init = declare<[number, number]>('int fanotify_init(unsigned int flags, unsigned int event_f_flags)');
const mark = declare<[number, number, number, number, string]>(
  'int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int dirfd, const char *path)',
);

/**
 * A file that nobody can open any more: who tries to, to read or to execute it, waits in the kernel until it is let go
 * of, or until he is killed. When the process that has made this ends, it is let go of. That process itself must not
 * open it meanwhile, since nobody would be left to let it go on.
 */
export class HeldFile {
  readonly #group: number;
  readonly #processes = new Set<number>();

  /** Throws SC_SYSTEM_CALL: EINVAL where the kernel was built without such holds, EPERM without CAP_SYS_ADMIN. */
  constructor(path: string) {
    this.#group = init(FAN_CLOEXEC | FAN_NONBLOCK | FAN_CLASS_CONTENT, constants.O_RDONLY);
    try {
      mark(this.#group, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, path);
    } catch (error) {
      closeSync(this.#group);
      throw error;
    }
  }

  /** Those that have come to open it. */
  processes(): number[] {
    const events = Buffer.alloc(EVENT.size * MOST_EVENTS);
    for (let size = this.#read(events); size > 0; size = this.#read(events)) {
      for (let at = 0; at < size; at += EVENT.size) {
        // To close it answers nothing: they wait on.
        closeSync(events.readInt32LE(at + EVENT.descriptor));
        this.#processes.add(events.readInt32LE(at + EVENT.process));
      }
    }
    return [...this.#processes];
  }

  #read(events: Buffer): number {
    try {
      return readSync(this.#group, events);
    } catch (error) {
      if (isErrno(error, 'EAGAIN')) return 0;
      throw error;
    }
  }

  /** All who wait open it now. */
  release(): void {
    closeSync(this.#group);
  }
}
