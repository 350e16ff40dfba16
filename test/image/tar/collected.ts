import type { TarEntry } from '../../../src/image/tar/entry.ts';
import type { TarLimits } from '../../../src/image/tar/limits.ts';
import { TarReader } from '../../../src/image/tar/reader.ts';

/** An entry with the content that was handed over, holes as zeros. */
export interface Collected extends TarEntry {
  content: Buffer;
  /** Bytes that were handed over, without holes. */
  given: number;
}

/** All entries of a tar that comes in chunks of these sizes, one after the other and over again. */
export function collect(
  tar: Buffer,
  sizes: readonly number[] = [65_536],
  limits: Partial<TarLimits> = {},
): Collected[] {
  const collected: Collected[] = [];
  let last: Collected | undefined;
  const reader = new TarReader(
    {
      entry: (entry) => {
        last = { ...entry, content: Buffer.alloc(entry.size), given: 0 };
      },
      data: (bytes, offset) => {
        if (last === undefined) throw new Error('content of no entry');
        if (offset + bytes.length > last.size) throw new Error('content behind the end');
        bytes.copy(last.content, offset);
        last.given += bytes.length;
      },
      end: () => {
        if (last === undefined) throw new Error('the end of no entry');
        collected.push(last);
        last = undefined;
      },
    },
    limits,
  );
  for (let at = 0, turn = 0; at < tar.length; turn++) {
    const size = sizes[turn % sizes.length] ?? tar.length;
    // A copy, which is spoilt afterwards: nothing of a chunk may be kept.
    const chunk = Buffer.from(tar.subarray(at, at + size));
    reader.write(chunk);
    chunk.fill(0xaa);
    at += size;
  }
  reader.finish();
  if (last !== undefined) throw new Error('an entry without an end');
  return collected;
}

/** The message and code of what goes wrong, or nothing. */
export function refusal(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code}: ${message}`;
  }
}
