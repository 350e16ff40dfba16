import { decompress } from '../../image/compression/decompress.ts';
import type { TarSink } from '../../image/tar/entry.ts';
import { TarReader } from '../../image/tar/reader.ts';
import type { Caller } from '../caller.ts';
import { openStandardInput } from '../input.ts';

/** Hands a tar of the caller's standard input, compressed or not, to a sink. Throws SC_BAD_IMAGE. */
export async function readTar(caller: Caller, sink: TarSink): Promise<void> {
  const input = openStandardInput(caller.stdin);
  try {
    const reader = new TarReader(sink);
    for await (const chunk of decompress(input)) {
      caller.abort?.throwIfAborted();
      reader.write(chunk);
    }
    reader.finish();
  } finally {
    input.destroy();
  }
}
