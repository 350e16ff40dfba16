import type { TarEntry } from '../../../src/image/tar/entry.ts';
import { TarWriter } from '../../../src/image/tar/writer.ts';

/** A whole tar in memory. */
export function tarOf(files: readonly { entry: TarEntry; content?: Buffer }[]): Buffer {
  const writer = new TarWriter();
  const parts = files.flatMap(({ entry, content = Buffer.alloc(0) }) => [
    writer.begin(entry),
    writer.content(content),
    writer.end(),
  ]);
  return Buffer.concat([...parts, writer.finish()]);
}
