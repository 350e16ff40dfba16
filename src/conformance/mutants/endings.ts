import {
  answering,
  asking,
  type Fault,
  instead,
  otherCommand,
  otherCommandLine,
  otherContainers,
  together,
  type Words,
} from './fault.ts';
import type { Mutants } from './mutant.ts';

const DAY = 86_400_000;

/** Lines of a shell that find what `sc run --name NAME` calls its container. */
const nameOfRun = 'for word; do test "$last" != --name || name=$word; last=$word; done';

interface Exit {
  signal?: string;
  cause?: string;
}

/** How programs end, and how they are ended. */
export const endings: Mutants = {
  'exit-code-always-0': {
    fault: 'every program ends with 0, whatever it did',
    put: together(
      answering(['run', 'exec', 'wait', 'state', 'call'], (answer) => withoutCodes(answer) as Words),
      otherCommandLine((sound) => `${sound} "$@" | sed -u s/^[0-9]*\\$/0/`),
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
  'cause-not-told': {
    fault: 'every end has the cause exit',
    put: answering(['run', 'exec', 'wait', 'state'], (answer) => withCause(answer, () => 'exit')),
  },
  'sigkill-is-oom': {
    fault: 'every end by SIGKILL is told as one for want of memory',
    put: answering(['run', 'exec', 'wait', 'state'], (answer) =>
      withCause(answer, ({ signal, cause }) => (signal === 'SIGKILL' ? 'oom' : cause)),
    ),
  },
  'kill-wrong-signal': {
    fault: 'SIGKILL is sent as SIGTERM, and every other signal as SIGKILL',
    put: together(wrongKill(), wrongStop()),
  },
  'ignore-hooks': {
    fault: 'no hook is run',
    put: otherContainers({ hooks: null }),
  },
  'ignore-pid-file': {
    fault: 'nobody is told which process a container is',
    put: otherContainers({ 'monitor.pidFile': null }),
  },
  'ignore-stop-signal': {
    fault: 'a stop begins with SIGTERM, whatever the container or the request says',
    put: together(
      asking(['stop', 'restart'], ({ signal: _, ...request }) => request),
      otherContainers({ 'signals.stopSignal': null }),
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
  'signals-end-the-caller': {
    fault: 'a signal to the caller ends the caller alone',
    put: otherCommand('run', (sound) => `${sound} "$@"; exit $?`),
  },
  'attached-signals-end-the-caller': {
    fault: 'a signal to who is attached ends the caller alone',
    put: otherCommand('attach', (sound) => `${sound} "$@"; exit $?`),
  },
  'background-ends-with-its-caller': {
    fault: 'a container in the background ends when its caller has ended',
    put: otherCommand(
      'run',
      (sound) => `${sound} "$@"; code=$?; ${nameOfRun}; ${sound} stop --time 0 "$name"; exit $code`,
    ),
  },
  'runs-like-a-daemon': {
    fault: 'a container in the foreground is one in the background to which its caller is attached',
    put: otherCommand(
      'run',
      (sound) =>
        `${nameOfRun}; shift; ${sound} run -d "$@" >/dev/null && exec ${sound} attach --tail=all "$name"`,
    ),
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

/** An answer in which an end has another cause. */
function withCause(answer: Words, change: (exit: Exit) => string | undefined): Words {
  const exit = answer.exit as Exit | undefined;
  return exit === undefined ? answer : { ...answer, exit: { ...exit, cause: change(exit) } };
}

/** A `kill` without a signal is one with SIGKILL. */
function wrongKill(): Fault {
  return asking(['kill'], ({ signal = 'SIGKILL', ...request }) => ({
    ...request,
    signal: ['SIGKILL', 'KILL', 9].includes(signal as string | number) ? 'SIGTERM' : 'SIGKILL',
  }));
}

/** A stop that is to begin with SIGKILL has a timeout of 0. */
function wrongStop(): Fault {
  return asking(['stop', 'restart'], (request) =>
    request.timeout === 0
      ? { ...request, signal: 'SIGTERM', timeout: DAY }
      : { ...request, signal: 'SIGKILL' },
  );
}
