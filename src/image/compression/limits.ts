import { ScError } from '../../errors/error.ts';

/** What may come out of compressed bytes at most, so that a few of them do not fill the disk. */
export interface DecompressionLimits {
  /** Bytes that come out. */
  bytes: number;
  /** How many times as many bytes may come out as went in, counted once `free` bytes are out. */
  ratio: number;
  free: number;
}

const GiB = 2 ** 30;

/** Layers of programs come to a ratio below 10; zeros come to 1,000 with gzip and to a million with bzip2. */
export const decompressionLimits: DecompressionLimits = { bytes: 128 * GiB, ratio: 200, free: GiB };

/** Throws SC_BAD_IMAGE where so much has come out of so much. */
export function checkLimits(limits: DecompressionLimits, name: string, taken: number, given: number): void {
  const { bytes, ratio, free } = limits;
  if (given > bytes) throw tooMuch(name, `more than ${bytes} bytes come out`);
  if (given > free && given > ratio * taken)
    throw tooMuch(name, `${given} bytes come out of ${taken}, which is more than ${ratio} times as many`);
}

function tooMuch(name: string, reason: string): ScError {
  return new ScError('SC_BAD_IMAGE', `decompress ${name}: ${reason}`);
}
