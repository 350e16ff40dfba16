import { statSync, truncateSync } from 'node:fs';
import { asking, instead, otherCommandLine, otherContainers, throughShell, together } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** Bytes of a stream that arrive. */
const FEW = 4;

/** Cuts what a program in the foreground has written, and the logs of one in the background. */
const truncates = together(
  instead(['run', 'exec'], async (request, perform) => {
    const answer = await perform(request);
    const { stdout, stderr } = request.streams as { stdout: string; stderr: string };
    for (const file of [stdout, stderr]) truncateSync(file, Math.min(FEW, statSync(file).size));
    return answer;
  }),
  instead(['logs'], async (request, perform) => {
    const { stdout = '', stderr = '' } = (await perform(request)) as { stdout?: string; stderr?: string };
    return { stdout: stdout.slice(0, FEW), stderr: stderr.slice(0, FEW) };
  }),
);

/** What a program begins with, reads and writes. */
export const programs: Mutants = {
  'truncated-logs': {
    fault: 'of what a program writes only the first 4 bytes arrive',
    put: truncates,
  },
  'no-stdin': {
    fault: 'the standard input is empty',
    put: together(
      asking(['run', 'exec'], (request) => {
        const { streams } = request as { streams: object };
        return { ...request, streams: { ...streams, stdin: '/dev/null' } };
      }),
      otherCommandLine((sound) => `exec ${sound} "$@" </dev/null`),
    ),
  },
  'open-stdin': {
    fault: 'a program reads the input of its caller, whatever its container says',
    put: otherContainers({ 'terminal.stdin': true }),
  },
  'input-goes-on': {
    fault: 'the input of a program does not end with that of its caller',
    put: throughShell('{ cat; echo more; } | "$@"'),
  },
  'one-stream': {
    fault: 'standard error goes where standard output goes',
    put: together(
      asking(['run', 'exec'], (request) => {
        const { streams } = request as { streams: { stdout: string } };
        return { ...request, streams: { ...streams, stderr: streams.stdout } };
      }),
      otherCommandLine((sound) => `exec ${sound} "$@" 2>&1`),
    ),
  },
  'shell-reads-arguments': {
    fault: 'a shell reads the words of a program',
    put: throughShell('eval "$*"'),
  },
  'program-is-not-process-1': {
    fault: 'process 1 is a shell, and the program is its child',
    put: throughShell('"$@"; exit $?'),
  },
  'leak-fd': {
    fault: 'a program begins with a descriptor too many',
    put: throughShell('exec 9</etc; exec "$@"'),
  },
  'ignored-signal': {
    fault: 'a program begins with a signal that it ignores',
    put: throughShell('trap "" USR1; exec "$@"'),
  },
  'leak-environment': {
    fault: 'a program sees a variable of who called the runtime',
    put: throughShell('export SC_CALLER=1 TERM=dumb; exec "$@"'),
  },
  'ignore-environment': {
    fault: 'a program does not see the variables of its container',
    put: otherContainers({ environment: null }),
  },
  'wrong-default-path': {
    fault: 'PATH has another default',
    put: throughShell(
      'test "$PATH" != /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin || PATH=/bin; exec "$@"',
    ),
  },
  'wrong-uid': {
    fault: 'every program runs as user 4321',
    put: together(
      asking(['exec'], (request) => ({ ...request, user: '4321:4321' })),
      otherContainers({ 'process.user': '4321:4321' }),
    ),
  },
  'ignore-groups': {
    fault: 'a program is in no additional group',
    put: otherContainers({ 'process.additionalGroups': null }),
  },
  'ignore-umask': {
    fault: 'the umask is 0077, whatever the container says',
    put: otherContainers({ 'process.umask': '0077' }),
  },
  'ignore-cwd': {
    fault: 'every program begins in /tmp',
    put: throughShell('cd /tmp; exec "$@"'),
  },
};
