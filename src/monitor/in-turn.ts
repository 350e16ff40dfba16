/** Does one thing after the other, in the order in which they are asked for, however each of them ends. */
export class InTurn {
  #last: Promise<void> = Promise.resolve();

  do(action: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Resolves when all is over that was asked for until now. */
  over(): Promise<void> {
    return this.#last;
  }
}
