import { koffi } from '../koffi.ts';
import { declare, library } from '../libc.ts';

/** relay-x64.S and relay-arm64.S, assembled; behind the code stands the number of the descriptor, an i32. */
export const handlers: Partial<Record<string, string>> = {
  x64: '57b8010000008b3d0c0000004889e6ba010000000f055fc3',
  arm64: 'ff4300d1e0030039e0000018e1030091220080d2080880d2010000d4ff430091c0035fd6',
};

/** 32 and 33 are libc's own (nptl(7)). */
export const realTimeSignals: readonly number[] = Array.from({ length: 31 }, (_, index) => 34 + index);

const PAGE_SIZE = 4096;
const PROT_READ_WRITE = 3;
const PROT_READ_EXEC = 5;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const SA_RESTART = 0x10000000;

/** struct sigaction of glibc and musl: handler, mask of 128 bytes, flags, restorer. */
const SIGACTION_SIZE = 152;
const SA_FLAGS = 136;

const mmap = library.func(
  'void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset)',
);
const memcpy = library.func('void *memcpy(void *to, const void *from, size_t length)');
const mprotect = declare<[unknown, number, number]>(
  'int mprotect(void *address, size_t length, int protection)',
);
const munmap = declare<[unknown, number]>('int munmap(void *address, size_t length)');
const sigaction = declare<[number, Buffer, null]>('int sigaction(int signal, void *action, void *old)');

/**
 * Makes these signals, when this process gets them, a byte each on a descriptor. For real-time signals,
 * which end Node whatever listens to them, since libuv handles none above 31. Answers how to undo it, to
 * be called before the descriptor is closed; a second call has no effect.
 */
export function relaySignals(signals: readonly number[], descriptor: number): () => void {
  const handler = handlers[process.arch];
  if (handler === undefined) return () => {};
  const code = Buffer.concat([Buffer.from(handler, 'hex'), Buffer.alloc(4)]);
  code.writeInt32LE(descriptor, code.length - 4);
  const page: unknown = mmap(null, PAGE_SIZE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  memcpy(page, code, code.length);
  mprotect(page, PAGE_SIZE, PROT_READ_EXEC);

  const action = Buffer.alloc(SIGACTION_SIZE);
  action.writeBigUInt64LE(BigInt(koffi().address(page)), 0);
  action.writeInt32LE(SA_RESTART, SA_FLAGS);
  for (const signal of signals) sigaction(signal, action, null);
  let relaying = true;
  return () => {
    if (!relaying) return;
    relaying = false;
    for (const signal of signals) sigaction(signal, Buffer.alloc(SIGACTION_SIZE), null);
    munmap(page, PAGE_SIZE);
  };
}
