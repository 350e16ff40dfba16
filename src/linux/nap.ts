let cell: Int32Array<SharedArrayBuffer> | undefined;

/** Holds this thread up for a millisecond, for who has to wait without letting anybody else go on. */
export function nap(): void {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, 1);
}
