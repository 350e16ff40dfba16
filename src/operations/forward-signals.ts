import { constants } from 'node:os';
import type { SignalSource } from './caller.ts';

/**
 * Left to sc itself: its children, its broken pipes, urgent data, its own window and its own job control
 * (docker leaves out the same). The kernel lets nobody catch SIGKILL and SIGSTOP.
 */
const own = new Set<string>([
  'SIGKILL',
  'SIGSTOP',
  'SIGCHLD',
  'SIGPIPE',
  'SIGURG',
  'SIGWINCH',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGCONT',
]);

/** What a user ends a program with, and what is meant for all that it would still do. */
const ending: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/** SIGKILL comes with this request to end, counting from 1. */
const LAST_REQUEST = 3;

interface SignalTarget {
  kill(signal: number): void;
}

/** Standard signals that reach the container when they reach sc. */
export const forwardedSignals: readonly NodeJS.Signals[] = (
  Object.keys(constants.signals) as NodeJS.Signals[]
).filter((name, index, all) => !own.has(name) && all.findIndex((other) => sameSignal(other, name)) === index);

/**
 * Passes signals on from now until the returned `stop` is called. Those that come while there is no
 * container wait until `aim` names the next one. `onEnding` hears of each that asks for the end, as soon
 * as it comes. Who asks a third time gets it: `onLastRequest`, then SIGKILL.
 */
export function forwardSignals(
  source: SignalSource,
  {
    onEnding,
    onLastRequest,
  }: { onEnding: (signal: string) => void; onLastRequest: (signal: string) => void },
) {
  let target: SignalTarget | undefined;
  let requests = 0;
  const waiting: NodeJS.Signals[] = [];

  const hear = (signal: NodeJS.Signals) => {
    if (ending.includes(signal)) onEnding(signal);
    if (target === undefined) waiting.push(signal);
    else deliver(signal, target);
  };
  const deliver = (signal: NodeJS.Signals, container: SignalTarget) => {
    if (signal === 'SIGINT' || signal === 'SIGTERM') requests += 1;
    if (requests < LAST_REQUEST) {
      container.kill(constants.signals[signal]);
      return;
    }
    onLastRequest(signal);
    container.kill(constants.signals.SIGKILL);
  };

  const listeners = forwardedSignals.map((signal) => ({ signal, listener: () => hear(signal) }));
  for (const { signal, listener } of listeners) source.on(signal, listener);
  return {
    aim(container: SignalTarget) {
      target = container;
      requests = 0;
      for (const signal of waiting.splice(0)) deliver(signal, container);
    },
    /** The container is gone; another may have been started meanwhile. */
    rest(container = target) {
      if (target === container) target = undefined;
    },
    stop() {
      for (const { signal, listener } of listeners) source.off(signal, listener);
    },
  };
}

function sameSignal(one: NodeJS.Signals, other: NodeJS.Signals): boolean {
  return constants.signals[one] === constants.signals[other];
}
