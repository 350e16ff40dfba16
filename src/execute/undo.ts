import { ScError } from '../errors/error.ts';
import { errnoOf } from '../errors/reason.ts';

type Action = () => Promise<void>;

/** What was done, so that it can be undone. Each part is added as soon as it is there. */
export class UndoStack {
  #done: { name: string; undo: Action }[] = [];
  readonly #later: Action[] = [];
  readonly #lastly: Action[];
  readonly #isOneOfMany: boolean;

  /** `lastly` is that of several stacks, which are undone together. */
  constructor(lastly?: Action[]) {
    this.#lastly = lastly ?? [];
    this.#isOneOfMany = lastly !== undefined;
  }

  /** `name` is that of the container to which the part belongs. */
  push(name: string, undo: Action): void {
    this.#done.push({ name, undo });
  }

  /** What was done for this container stays, whatever fails later. */
  keep(name: string): void {
    this.#done = this.#done.filter((part) => part.name !== name);
  }

  /** For when all else is undone, what came first being the first: what takes for granted that it is there again. */
  lastly(undo: Action): void {
    this.#lastly.push(undo);
  }

  /** For when all is well: what was kept in case it has to be undone. */
  later(action: Action): void {
    this.#later.push(action);
  }

  /** All is well, and nothing is undone any more. */
  async settle(): Promise<void> {
    this.#done = [];
    if (!this.#isOneOfMany) this.#lastly.length = 0;
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
    const undone = this.#done.splice(0).map(({ undo }) => undo);
    const lastly = this.#isOneOfMany ? [] : this.#lastly.splice(0);
    return attempted([...undone.reverse(), ...lastly]);
  }
}

/** The stacks of several documents, of which either all is settled or all is undone. */
export class Stacks {
  readonly #stacks: UndoStack[] = [];
  readonly #lastly: Action[] = [];

  add(): UndoStack {
    const stack = new UndoStack(this.#lastly);
    this.#stacks.push(stack);
    return stack;
  }

  async settle(): Promise<void> {
    for (const stack of this.#stacks) await stack.settle();
  }

  /** The last stack first; answers the errors of the undoing. */
  async undo(): Promise<Error[]> {
    const stacks = this.#stacks.toReversed().map((stack) => () => stack.all());
    return [...(await attempted(stacks)), ...(await attempted(this.#lastly.splice(0)))];
  }
}

/** One after the other, whatever fails on the way. */
async function attempted(actions: readonly Action[]): Promise<Error[]> {
  const errors: Error[] = [];
  for (const action of actions) {
    try {
      await action();
    } catch (failure) {
      errors.push(failure instanceof Error ? failure : new Error(String(failure)));
    }
  }
  return errors;
}

/** An error with those of the undoing beside it. */
export function withUndo(error: unknown, undo: readonly Error[]): ScError {
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
