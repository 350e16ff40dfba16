import type { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { makeRaw } from '../linux/terminal.ts';
import { type Caller, say } from './caller.ts';
import { DetachKeys, parseDetachKeys } from './detach-keys.ts';

/** Milliseconds for the next of the detach keys, after which a program inside gets those before it. */
const PATIENCE = 500;

/** Bytes that wait for a container that does not read: up to so many the detach keys can follow. */
const MOST_WAITING = 1024 * 1024;

/** What is typed at the caller's terminal, byte by byte. */
export interface Keyboard {
  /** Resolves when the detach keys are typed, or when the terminal is gone: a raw one has no other end. */
  left: Promise<'detached' | 'lost'>;
  /** Takes nothing more, and puts the terminal back as it was. */
  close(): void;
}

/** Sends what is typed to `sink`, but for the detach keys. */
export function openKeyboard({ stdin, signals }: Caller, sink: Writable, detachKeys: string): Keyboard {
  const keys = new DetachKeys(parseDetachKeys(detachKeys));
  const { promise: left, resolve } = Promise.withResolvers<'detached' | 'lost'>();
  const stream = new ReadStream(stdin.descriptor);
  const raw = makeRaw(stdin.descriptor);
  let timer: NodeJS.Timeout | undefined;
  const pass = (bytes: Uint8Array) => {
    if (bytes.length === 0 || !sink.writable) return;
    sink.write(bytes);
    if (sink.writableLength < MOST_WAITING) return;
    stream.pause();
    sink.once('drain', () => stream.resume());
  };
  stream.on('data', (bytes: Buffer) => {
    clearTimeout(timer);
    const { passed, isDetached } = keys.type(bytes);
    pass(passed);
    if (isDetached) {
      stream.pause();
      resolve('detached');
    } else if (keys.isWaiting) timer = setTimeout(() => pass(keys.passOn()), PATIENCE);
  });
  stream.once('end', () => resolve('lost'));
  stream.on('error', () => resolve('lost'));
  signals.on('SIGCONT', raw.enter);
  return {
    left,
    close: () => {
      clearTimeout(timer);
      signals.off('SIGCONT', raw.enter);
      stream.destroy();
      raw.leave();
    },
  };
}

/** To who has left it by its keys. */
export function sayLeft(caller: Caller, name: string): void {
  say(caller, `"${name}" runs on; sc attach ${name} comes back to it`, { onTerminal: true });
}
