import { ScError } from '../errors/error.ts';
import type { Ended } from '../schema/answer.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Prerequisite } from '../schema/plan.ts';
import type { Expectations } from './expectations.ts';
import { Waiting } from './waiting.ts';
import type { Workplace } from './workplace.ts';

interface ReadinessOptions {
  /** The Jobs of the file that have ended by then. */
  ended: readonly Ended[];
  /** Of whom the file expects something fails where that does not hold. */
  expectations: Pick<Expectations, 'has'>;
  interruption: AbortSignal;
  /** How long is waited for health when all is done, in milliseconds. */
  timeout?: number | undefined;
}

/** Tells when documents of a file are as far as those that come after them want them to be. */
export class Readiness {
  readonly #place: Workplace;
  readonly #ended: readonly Ended[];
  readonly #expectations: Pick<Expectations, 'has'>;
  readonly #interruption: AbortSignal;
  readonly #timeout: number | undefined;
  #healthy: Waiting | undefined;
  #atTheEnd: Waiting | undefined;

  constructor(place: Workplace, { ended, expectations, interruption, timeout }: ReadinessOptions) {
    this.#place = place;
    this.#ended = ended;
    this.#expectations = expectations;
    this.#interruption = interruption;
    this.#timeout = timeout;
  }

  /** Resolves when it is so, or with why it will not be. */
  async reach({ kind, name, condition }: Prerequisite): Promise<string | undefined> {
    if (condition === 'completed') return this.#endOf(name);
    if (condition !== 'healthy') return undefined;
    this.#healthy ??= new Waiting(this.#place, 'healthy', { isHopeless });
    return this.#health(this.#healthy, kind, name);
  }

  /** The same of a Container that may have no check, when all is done. */
  async reachHealth(name: string): Promise<string | undefined> {
    const state = await this.#place.store.find(name);
    if (state.spec.monitor.health === undefined) return undefined;
    const timeout = this.#timeout;
    this.#atTheEnd ??= new Waiting(this.#place, 'healthy', { isHopeless, timeout });
    return this.#health(this.#atTheEnd, 'Container', name);
  }

  close(): void {
    this.#healthy?.close();
    this.#atTheEnd?.close();
  }

  /** Of a Job of steps that is done nothing is to be asked. */
  #endOf(name: string): string | undefined {
    const exit = this.#ended.find((ended) => ended.name === name)?.exit;
    if (exit === undefined || exit.code === 0 || this.#expectations.has(name)) return undefined;
    return `Job "${name}" has ended with code ${exit.code ?? '?'}`;
  }

  async #health(waiting: Waiting, kind: string, name: string): Promise<string | undefined> {
    try {
      await Promise.race([waiting.waitFor(name), aborted(this.#interruption)]);
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
