/** Before each list, name and block of bytes Node writes its length in as many bytes, the lowest first. */
const LENGTH = 8;

/** Node has some hundred modules, whose names are paths such as internal/streams/readable. */
const MODULES = { least: 100, most: 10_000 };
const LONGEST_NAME = 200;

/**
 * A snapshot of Node's without its last part: the compiled code of all modules of Node, of which those that sc needs are
 * in the heap. It would be read and copied at each start, and is more than a third of the file. A module that is not in
 * the heap is compiled when it is asked for.
 */
export function withoutCodeCache(snapshot: Buffer): Buffer {
  for (let at = 0; at + LENGTH <= snapshot.length; at++) {
    if (isCodeCache(snapshot, at)) return Buffer.concat([snapshot.subarray(0, at), Buffer.alloc(LENGTH)]);
  }
  throw new Error('the snapshot has no code cache at its end: its form is that of another Node.js');
}

/** Whether a list of modules begins there, each a name and a block of bytes, that ends with the file. */
function isCodeCache(snapshot: Buffer, start: number): boolean {
  const count = lengthAt(snapshot, start);
  if (count === undefined || count < MODULES.least || count > MODULES.most) return false;
  let at = start + LENGTH;
  for (let module = 0; module < count; module++) {
    const name = lengthAt(snapshot, at);
    if (name === undefined || name === 0 || name > LONGEST_NAME) return false;
    at += LENGTH + name;
    const bytes = lengthAt(snapshot, at);
    if (bytes === undefined) return false;
    at += LENGTH + bytes;
  }
  return at === snapshot.length;
}

/** Undefined where nothing of that length can follow. */
function lengthAt(snapshot: Buffer, at: number): number | undefined {
  if (at + LENGTH > snapshot.length || snapshot.readUInt32LE(at + LENGTH / 2) !== 0) return undefined;
  const length = snapshot.readUInt32LE(at);
  return at + LENGTH + length <= snapshot.length ? length : undefined;
}
