/** The same bytes in chunks of one size, each its own, but for the last. What was given may be used again. */
export async function* gathered(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let gathering = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.copy(gathering, filled, at);
      at += taken;
      filled += taken;
      if (filled < size) continue;
      yield gathering;
      gathering = Buffer.allocUnsafeSlow(size);
      filled = 0;
    }
  }
  if (filled > 0) yield gathering.subarray(0, filled);
}
