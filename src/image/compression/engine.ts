import type { Transform } from 'node:stream';

/** A compressor or decompressor of node:zlib, whose work is done in the thread pool. */
type Engine = Transform & { readonly bytesWritten: number };

/** Bytes that an engine gives at once. One such chunk is made while the caller has the one before. */
export const CHUNK_SIZE = 256 * 1024;

/** What went wrong in the engine and not where its bytes come from, with how many bytes it had got. */
export class EngineFailure extends Error {
  readonly fed: number;

  constructor(cause: unknown, fed: number) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.fed = fed;
  }
}

/**
 * What comes out of an engine when chunks go in. It is asked for as it is taken, so that nothing piles up. Whoever stops
 * taking ends both. Throws EngineFailure, or what the chunks throw.
 */
export async function* through(engine: Engine, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const feed = new Feed(engine, chunks);
  const feeding = feed.run();
  try {
    for await (const chunk of engine) yield chunk;
    // It stops at the end of what it knows, whatever comes behind that.
    if (engine.bytesWritten < feed.fed) throw new Error('more follows behind its end');
  } catch (error) {
    throw error === feed.failure ? error : new EngineFailure(error, feed.fed);
  } finally {
    engine.destroy();
    await feeding;
  }
}

class Feed {
  readonly #engine: Engine;
  readonly #chunks: AsyncIterable<Buffer>;
  fed = 0;
  #written = (_: boolean): void => undefined;
  /** What the chunks threw. */
  failure: Error | undefined;

  constructor(engine: Engine, chunks: AsyncIterable<Buffer>) {
    this.#engine = engine;
    this.#chunks = chunks;
    // An engine that is destroyed forgets who waits for it.
    engine.once('close', () => this.#written(false));
  }

  /** Never throws: the engine is ended, or destroyed with what was thrown. */
  async run(): Promise<void> {
    try {
      let writing = Promise.resolve(true);
      for await (const chunk of this.#chunks) {
        if (!(await writing)) return;
        this.fed += chunk.length;
        writing = this.#write(chunk);
      }
      // An engine that is ended while it still writes compresses its last chunk in another way.
      if (await writing) this.#engine.end();
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.#engine.destroy(this.failure);
    }
  }

  /** Answers whether the engine has taken it, and wants more. */
  #write(chunk: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      this.#written = resolve;
      this.#engine.write(chunk, (error) => resolve(!error));
    });
  }
}
