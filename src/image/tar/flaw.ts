import { ScError } from '../../errors/error.ts';
import { visible } from '../../errors/visible.ts';

/** What is wrong with a tar; who reads it says of which entry and where. */
export class Flaw extends Error {}

/** SC_BAD_IMAGE. `byte` is where the header of the entry begins, in the tar as it is without compression. */
export function badTar(reason: string, byte: number, path?: Buffer): ScError {
  const entry = path === undefined ? '' : `entry "${shownPath(path)}" `;
  return new ScError('SC_BAD_IMAGE', `read the tar: ${entry}at byte ${byte}: ${reason}`);
}

/** A path for an error; it may have more bytes than anybody reads. */
export function shownPath(path: Buffer): string {
  return visible(
    path.length <= LONGEST_SHOWN ? path.toString() : `${path.toString('utf8', 0, LONGEST_SHOWN)}...`,
  );
}

const LONGEST_SHOWN = 200;
