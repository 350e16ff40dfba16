/** How a layer or an archive is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** So many bytes are enough to tell. */
export const BEGINNING = 10;

/** Told by its first bytes. What begins like none of them is not compressed. */
export function compressionOf(beginning: Buffer): Compression {
  const digits = beginning.toString('hex');
  if (digits.startsWith('1f8b08')) return 'gzip';
  if (digits.startsWith('28b52ffd') || isSkippedFrame(beginning)) return 'zstd';
  // The level, and of the first block, or of the end where there is none, the first digits of pi or of its root.
  if (/^425a683[1-9](314159265359|177245385090)/.test(digits)) return 'bzip2';
  if (digits.startsWith('fd377a585a00')) return 'xz';
  return 'none';
}

/** A zstd may begin with a frame of anything else (RFC 8878, 3.1.2); one of sixteen magic numbers. */
function isSkippedFrame(beginning: Buffer): boolean {
  return beginning.length >= 4 && (beginning.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
}
