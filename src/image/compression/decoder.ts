import { koffi } from '../../linux/koffi.ts';
import { CHUNK_SIZE, EngineFailure } from './engine.ts';

/** A decompressor of a library in C, which node:zlib does not have. */
export interface Decoder {
  /** Begins a stream in a state of zeros. Throws Error with a reason. */
  begin(state: Buffer): void;
  /** Moves on, in the thread pool. Answers whether the stream has ended. Throws Error with a reason. */
  step(state: Buffer): Promise<boolean>;
  end(state: Buffer): void;
}

/** What comes out, stream behind stream. Throws EngineFailure, or what the chunks throw. */
export async function* decoded(decoder: Decoder, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const streams = new Streams(decoder);
  let fed = 0;
  const failing = <Result>(reason: unknown): Result => {
    throw new EngineFailure(reason, fed);
  };
  try {
    for await (const chunk of chunks) {
      fed += chunk.length;
      streams.input(chunk);
      while (streams.canMove) {
        await streams.move().catch(failing);
        if (streams.isFull) yield streams.output();
      }
    }
    if (!streams.isBetween) failing('unexpected end of file');
    yield streams.output();
  } finally {
    streams.close();
  }
}

/*
 * struct bz_stream and lzma_stream begin alike: where input is and how much, its total, the same of output. The sizes of
 * lzma_stream have eight bytes, of which these are the lower four.
 */
const STATE_SIZE = 256;
const NEXT_IN = 0;
const AVAILABLE_IN = 8;
const NEXT_OUT = 24;
const AVAILABLE_OUT = 32;

class Streams {
  readonly #decoder: Decoder;
  /** Both libraries keep its address. V8 moves bytes only where they are few. */
  readonly #state = Buffer.alloc(STATE_SIZE);
  #isOpen = false;
  #input: Buffer = Buffer.alloc(0);
  #output = Buffer.allocUnsafeSlow(CHUNK_SIZE);
  #filled = 0;
  /** Whether the last call had no room for all that it could give. */
  #wasFull = false;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  get isFull(): boolean {
    return this.#filled === CHUNK_SIZE;
  }

  /** Whether there is something to take or to give. */
  get canMove(): boolean {
    return this.#input.length > 0 || (this.#isOpen && this.#wasFull);
  }

  get isBetween(): boolean {
    return !this.#isOpen;
  }

  input(chunk: Buffer): void {
    this.#input = chunk;
  }

  async move(): Promise<void> {
    if (!this.#isOpen) this.#begin();
    this.#point(NEXT_IN, AVAILABLE_IN, this.#input);
    this.#point(NEXT_OUT, AVAILABLE_OUT, this.#output.subarray(this.#filled));
    const hasEnded = await this.#decoder.step(this.#state);
    this.#input = this.#input.subarray(this.#input.length - this.#state.readUInt32LE(AVAILABLE_IN));
    this.#filled = CHUNK_SIZE - this.#state.readUInt32LE(AVAILABLE_OUT);
    this.#wasFull = this.isFull;
    if (hasEnded) this.close();
  }

  /** What has come out; there is room for more then. */
  output(): Buffer {
    const output = this.#output.subarray(0, this.#filled);
    this.#output = Buffer.allocUnsafeSlow(CHUNK_SIZE);
    this.#filled = 0;
    return output;
  }

  close(): void {
    if (this.#isOpen) this.#decoder.end(this.#state);
    this.#isOpen = false;
  }

  #begin(): void {
    this.#state.fill(0);
    this.#decoder.begin(this.#state);
    this.#isOpen = true;
  }

  #point(next: number, available: number, bytes: Buffer): void {
    this.#state.writeBigUInt64LE(bytes.length === 0 ? 0n : BigInt(koffi().address(bytes)), next);
    this.#state.writeUInt32LE(bytes.length, available);
  }
}

/** A function of a library as one that runs in the thread pool. */
export function inThreadPool(call: { async: (...args: unknown[]) => unknown }) {
  return (...args: unknown[]): Promise<number> =>
    new Promise((resolve, reject) => {
      call.async(...args, (error: unknown, result: number) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
}
