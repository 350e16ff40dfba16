import { Socket } from 'node:net';
import {
  ENDED_SIZE,
  FAILED_SIZE,
  LOG_SIZE,
  MESSAGE_ENDED,
  MESSAGE_FAILED,
  MESSAGE_LOG,
  MESSAGE_STARTED,
  STARTED_SIZE,
} from './protocol.ts';

type Message =
  | { type: 'started'; pid: number; terminal: number | undefined }
  | { type: 'failed'; index: number; errno: number }
  | { type: 'ended'; record: Buffer }
  | { type: 'log'; errno: number };

const sizes: Readonly<Record<number, number>> = {
  [MESSAGE_STARTED]: STARTED_SIZE,
  [MESSAGE_FAILED]: FAILED_SIZE,
  [MESSAGE_ENDED]: ENDED_SIZE,
  [MESSAGE_LOG]: LOG_SIZE,
};

/**
 * Hears what the keeper says; resolves after its last word, when it is gone, or when `hear` answers that it was
 * `enough`. Takes over the descriptor.
 * A pipe as a socket is polled by libuv's own loop, where a file read would hold a thread of its pool.
 */
export function hearKeeper(fd: number, hear: (message: Message) => unknown): Promise<void> {
  const socket = new Socket({ fd, readable: true, writable: false });
  let pending: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (;;) {
      const size = pending.length < 4 ? undefined : (sizes[pending.readUInt32LE(0)] ?? pending.length);
      if (size === undefined || pending.length < size) return;
      const message = parse(pending.subarray(0, size));
      pending = pending.subarray(size);
      const isEnough = message !== undefined && hear(message) === 'enough';
      // The last word: to wait for the end of file too would cost another turn of the loop.
      if (isEnough || message?.type === 'ended') socket.destroy();
      if (isEnough) return;
    }
  });
  return new Promise((resolve) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve());
  });
}

function parse(bytes: Buffer): Message | undefined {
  switch (bytes.readUInt32LE(0)) {
    case MESSAGE_STARTED: {
      const terminal = bytes.readInt32LE(8);
      return { type: 'started', pid: bytes.readUInt32LE(4), terminal: terminal < 0 ? undefined : terminal };
    }
    case MESSAGE_FAILED:
      return { type: 'failed', index: bytes.readUInt32LE(4), errno: bytes.readUInt32LE(8) };
    case MESSAGE_ENDED:
      return { type: 'ended', record: Buffer.from(bytes) };
    case MESSAGE_LOG:
      return { type: 'log', errno: Math.abs(bytes.readInt32LE(4)) };
    default:
      return undefined;
  }
}
