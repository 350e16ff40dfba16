import {
  answering,
  asking,
  type Fault,
  instead,
  otherCommandLine,
  otherContainers,
  type Words,
} from './fault.ts';
import type { Mutants } from './mutant.ts';

const DAY = 86_400_000;

/** How programs end, and how they are ended. */
export const endings: Mutants = {
  'exit-code-always-0': {
    fault: 'every program ends with 0, whatever it did',
    put: (sound) =>
      otherCommandLine('"$@" | sed s/^[0-9]*\\$/0/')(
        answering(['run', 'exec', 'wait', 'state', 'call'], (answer) => withoutCodes(answer) as Words)(sound),
      ),
  },
  'signal-not-told': {
    fault: 'it does not tell which signal ended a program',
    put: answering(['run', 'exec', 'wait', 'state'], ({ exit, ...answer }) => {
      if (exit === undefined) return answer;
      const { code, cause } = exit as { code: number; cause?: string };
      return { ...answer, exit: { code, ...(cause !== undefined && { cause }) } };
    }),
  },
  'kill-wrong-signal': {
    fault: 'SIGKILL is sent as SIGTERM, and every other signal as SIGKILL',
    put: (sound) => wrongStop(wrongKill(sound)),
  },
  'ignore-pid-file': {
    fault: 'nobody is told which process a container is',
    put: otherContainers({ 'monitor.pidFile': null }),
  },
  'ignore-stop-signal': {
    fault: 'a stop begins with SIGTERM, whatever the container or the request says',
    put: (sound) =>
      otherContainers({ 'signals.stopSignal': null })(
        asking(['stop', 'restart'], ({ signal: _, ...request }) => request)(sound),
      ),
  },
  'ignore-stop-timeout': {
    fault: 'a stop waits for a day before SIGKILL, whatever the container or the request says',
    put: asking(['stop', 'restart'], (request) => ({ ...request, timeout: DAY })),
  },
  'stop-kills-at-once': {
    fault: 'a stop begins with SIGKILL, whatever the container or the request says',
    put: asking(['stop', 'restart'], (request) => ({ ...request, timeout: 0 })),
  },
  'timeout-is-an-end': {
    fault: 'who waits too long is told that the container has ended',
    put: instead(['wait'], (request, perform) =>
      perform(request).catch((error) => {
        if (request.timeout === undefined) throw error;
        return { exit: { code: 0 } };
      }),
    ),
  },
};

/** Each end in an answer, however deep, has the code 0. */
function withoutCodes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCodes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'exit' && inner !== null ? { code: 0 } : withoutCodes(inner),
    ]),
  );
}

/** A `kill` without a signal is one with SIGKILL. */
function wrongKill(sound: Parameters<Fault>[0]): ReturnType<Fault> {
  return asking(['kill'], ({ signal = 'SIGKILL', ...request }) => ({
    ...request,
    signal: ['SIGKILL', 'KILL', 9].includes(signal as string | number) ? 'SIGTERM' : 'SIGKILL',
  }))(sound);
}

/** A stop that is to begin with SIGKILL has a timeout of 0. */
function wrongStop(sound: Parameters<Fault>[0]): ReturnType<Fault> {
  return asking(['stop', 'restart'], (request) =>
    request.timeout === 0
      ? { ...request, signal: 'SIGTERM', timeout: DAY }
      : { ...request, signal: 'SIGKILL' },
  )(sound);
}
