import { ScError } from '../errors/error.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Prerequisite } from '../schema/plan.ts';
import { Waiting } from './waiting.ts';
import type { Workplace } from './workplace.ts';

/** Tells when documents of a file are as far as those that come after them want them to be. */
export class Readiness {
  readonly #place: Workplace;
  readonly #ended: readonly Ended[];
  readonly #interruption: AbortSignal;
  #healthy: Waiting | undefined;

  /** `ended` are the Jobs of the file that have ended by then. */
  constructor(place: Workplace, ended: readonly Ended[], interruption: AbortSignal) {
    this.#place = place;
    this.#ended = ended;
    this.#interruption = interruption;
  }

  /** Resolves when it is so, or with why it will not be. */
  async reach({ kind, name, condition }: Prerequisite): Promise<string | undefined> {
    if (condition === 'completed') return this.#endOf(name);
    return condition === 'healthy' ? this.#health(kind, name) : undefined;
  }

  close(): void {
    this.#healthy?.close();
  }

  /** Of a Job of steps that is done nothing is to be asked. */
  #endOf(name: string): string | undefined {
    const exit = this.#ended.find((ended) => ended.name === name)?.exit;
    if (exit === undefined || exit.code === 0) return undefined;
    return `Job "${name}" has ended with code ${exit.code ?? '?'}`;
  }

  async #health(kind: string, name: string): Promise<string | undefined> {
    this.#healthy ??= new Waiting(this.#place, 'healthy', { isHopeless });
    try {
      await Promise.race([this.#healthy.waitFor(name), aborted(this.#interruption)]);
      return undefined;
    } catch (error) {
      if (!(error instanceof ScError)) throw error;
      return `${kind} "${name}" does not become healthy: ${error.message}`;
    }
  }
}

/** Whoever comes after it does not wait for what may never be. */
function isHopeless({ name, health }: ContainerState): ScError | undefined {
  if (health?.status !== 'unhealthy') return undefined;
  const output = health.last?.output.trim() || 'without a word';
  return new ScError('SC_WRONG_STATE', `"${name}" is unhealthy: ${output}`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
