/**
 * Whoever waits for longer is woken meanwhile, in milliseconds, and waits once more: it may have been stopped or
 * deleted, the clock may have been set, and the machine may have slept.
 */
const LONGEST = 60_000;

/** Containers that wait for their next start. */
export class Waiting {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #wake: (id: string) => void;
  #isClosed = false;

  /** Who is woken waits no more. */
  constructor(wake: (id: string) => void) {
    this.#wake = wake;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** `milliseconds` from now; in place of what was said before. */
  add(id: string, milliseconds: number): void {
    this.forget(id);
    if (this.#isClosed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(id);
        this.#wake(id);
      },
      Math.min(milliseconds, LONGEST),
    );
    this.#timers.set(id, timer);
  }

  forget(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Nobody is woken any more. */
  close(): void {
    this.#isClosed = true;
    for (const id of [...this.#timers.keys()]) this.forget(id);
  }
}
