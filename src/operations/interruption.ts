import type { Caller } from './caller.ts';

/** How somebody asks for the end of what goes on until then. */
const endingSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

export interface Interruption {
  /** Aborted when the end is asked for, by a signal or by the caller itself. */
  abort: AbortSignal;
  /** Name of the signal. */
  signal(): string | undefined;
  /** Signals do again what they did before. */
  stop(): void;
}

/** For what goes on until somebody ends it: the first signal does, in good order, and the second one ends sc itself. */
export function listenForEnd({ signals, abort }: Caller, wanted = endingSignals): Interruption {
  const controller = new AbortController();
  let heard: string | undefined;
  const stop = () => {
    for (const [signal, listener] of listeners) signals.off(signal, listener);
  };
  const listeners = wanted.map((signal) => {
    const listener = () => {
      heard = signal;
      stop();
      controller.abort();
    };
    return [signal, listener] as const;
  });
  for (const [signal, listener] of listeners) signals.on(signal, listener);
  return {
    abort: abort === undefined ? controller.signal : AbortSignal.any([controller.signal, abort]),
    signal: () => heard,
    stop,
  };
}
