import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';

/** What was done, so that it can be undone. Each part is added as soon as it is there. */
export class UndoStack {
  #done: { name: string; undo: () => Promise<void> }[] = [];
  readonly #later: (() => Promise<void>)[] = [];

  /** `name` is that of the container to which the part belongs. */
  push(name: string, undo: () => Promise<void>): void {
    this.#done.push({ name, undo });
  }

  /** What was done for this container stays, whatever fails later. */
  keep(name: string): void {
    this.#done = this.#done.filter((part) => part.name !== name);
  }

  /** For when all is well: what was kept in case it has to be undone. */
  later(action: () => Promise<void>): void {
    this.#later.push(action);
  }

  /** All is well, and nothing is undone any more. */
  async settle(): Promise<void> {
    this.#done = [];
    for (const action of this.#later.splice(0)) await action();
  }

  /** Undoes all though nothing has failed; throws the first error of the undoing. */
  async all(): Promise<void> {
    const [error, ...others] = await this.#undo();
    if (error !== undefined) throw others.length === 0 ? error : withUndo(error, others);
  }

  /** Undoes all; answers `error` with the errors of the undoing beside it. */
  async unwind(error: unknown): Promise<unknown> {
    const errors = await this.#undo();
    return errors.length === 0 ? error : withUndo(error, errors);
  }

  /** The last first, whatever fails on the way. */
  async #undo(): Promise<Error[]> {
    this.#later.length = 0;
    const errors: Error[] = [];
    for (const { undo } of this.#done.splice(0).reverse()) {
      try {
        await undo();
      } catch (failure) {
        errors.push(failure instanceof Error ? failure : new Error(String(failure)));
      }
    }
    return errors;
  }
}

function withUndo(error: unknown, undo: readonly Error[]): ScError {
  const errno = errnoOf(error);
  const details = { cause: error, ...(errno !== undefined && { errno }) };
  if (!(error instanceof ScError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new ScError('SC_INTERNAL', message, { ...details, undo });
  }
  return new ScError(error.code, error.message, {
    ...details,
    ...(error.hint !== undefined && { hint: error.hint }),
    undo: [...error.undo, ...undo],
  });
}
