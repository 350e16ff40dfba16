import {
  asking,
  otherCommand,
  otherContainers,
  throughShell,
  together,
  withEveryRight,
  withoutWords,
} from './fault.ts';
import type { Mutants } from './mutant.ts';

/**
 * Lines of a shell that have a program read from a pipe on a terminal of its own, which is between it and the terminal of
 * its caller: script(1) reads lines of a shell, so that the words are in a file.
 */
function behindPipe(sound: string, pipe: string): string {
  const inside = 'stty rows $1 cols $2; exec xargs -0 -o -a words env';
  return `printf '%s\\0' ${sound} "$@" >words; set -- $(stty size)
${pipe} | script -qefc "${inside}" /dev/null`;
}

function leavesRaw(sound: string): string {
  return `${sound} "$@"; code=$?; stty raw -echo; exit $code`;
}

/** Terminals of programs, and those of their callers. */
export const terminals: Mutants = {
  'ignore-terminal': {
    fault: 'no program has a terminal',
    put: otherContainers({ 'terminal.tty': null }),
  },
  'always-a-terminal': {
    fault: 'every program has a terminal',
    put: otherContainers({ 'terminal.tty': true }),
  },
  'errors-are-no-terminal': {
    fault: 'the error output of a program on a terminal is a file',
    put: throughShell('test ! -t 2 || exec 2>/tmp/errors; exec "$@"'),
  },
  'no-controlling-terminal': {
    fault: 'a program does not lead the session of its terminal',
    put: throughShell('setsid "$@"; exit $?'),
  },
  'terminal-is-nowhere': {
    fault: 'the terminal of a program is not in its /dev/pts',
    put: withEveryRight('umount -l /dev/pts'),
  },
  'no-console': {
    fault: '/dev/console is no terminal',
    put: withEveryRight('umount /dev/console'),
  },
  'terminal-of-another': {
    fault: 'the terminal of root belongs to another',
    put: throughShell('chown 4321 "$(tty)" 2>/dev/null; exec "$@"'),
  },
  'ignore-terminal-size': {
    fault: 'a terminal has the default size, whatever the container says',
    put: otherContainers({ 'terminal.rows': null, 'terminal.columns': null }),
  },
  'ignore-resizing': {
    fault: 'a terminal keeps the size that it began with',
    // Who is in another session is not told.
    put: otherCommand('run', (sound) => `exec setsid --wait ${sound} "$@"`),
  },
  'terminal-stays-raw': {
    fault: 'the terminal of the caller is not put back',
    put: together(...['run', 'attach'].map((command) => otherCommand(command, leavesRaw))),
  },
  'lines-alone': {
    fault: 'what is typed reaches the program line by line',
    put: otherCommand('run', (sound) => behindPipe(sound, 'cat')),
  },
  'ignore-detach-keys': {
    fault: 'the detach keys are ctrl-p and ctrl-q, whatever the container or the request says',
    put: together(
      otherContainers({ 'terminal.detachKeys': null }),
      otherCommand('attach', (sound) => `${withoutWords('--detach-keys=*')}; exec ${sound} "$@"`),
    ),
  },
  'other-detach-keys': {
    fault: 'the default detach keys are ctrl-x and ctrl-y',
    put: asking(['run'], (request) => {
      const { container } = request as { container: { terminal?: object } };
      const terminal = { detachKeys: 'ctrl-x,ctrl-y', ...container.terminal };
      return { ...request, container: { ...container, terminal } };
    }),
  },
  'first-detach-key-arrives': {
    fault: 'the first of two detach keys reaches the program',
    put: otherContainers({ 'terminal.detachKeys': 'ctrl-q' }),
  },
  'detach-keys-are-lost': {
    fault: 'what begins like the detach keys does not reach the program',
    put: otherCommand(
      'attach',
      (sound) => `stty raw -echo; ${behindPipe(sound, "stdbuf -o0 tr -d '\\020'")}; stty sane`,
    ),
  },
  'leaving-stops': {
    fault: 'a container that its caller leaves is stopped',
    put: otherCommand(
      'attach',
      (sound) => `${sound} "$@"; code=$?; for name; do :; done; ${sound} stop --time 0 "$name"; exit $code`,
    ),
  },
};
