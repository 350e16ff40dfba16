/** Who is told how far something has come that takes its time. */
export interface Progress {
  /** Of the part `what`, such as a layer, so many bytes are done; of how many, where that is known. */
  show(what: string, done: number, total?: number): void;
}

/** Bytes as they go through, told one after another. */
export async function* watched(
  chunks: AsyncIterable<Buffer>,
  hear: (done: number) => void,
): AsyncGenerator<Buffer> {
  let done = 0;
  for await (const chunk of chunks) {
    done += chunk.length;
    hear(done);
    yield chunk;
  }
}
