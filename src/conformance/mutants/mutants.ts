import { defaultMaskedPaths, defaultReadOnlyPaths } from '../../linux/masks.ts';
import {
  answering,
  asking,
  type Fault,
  instead,
  otherCommandLine,
  otherContainers,
  otherMounts,
  throughShell,
  type Words,
} from './fault.ts';
import {
  afterCopies,
  deletesAnything,
  doesNothing,
  forgetsStates,
  leaves,
  refusesAll,
  takesNamesTwice,
  tellsNoRefusal,
  truncates,
  vagueRefusals,
} from './stateful.ts';

/** A runtime with one fault that somebody has put there, to see whether the suite sees it. */
export interface Mutant {
  /** What is wrong with it, as a sentence without a full stop. */
  fault: string;
  put: Fault;
}

const DAY = 86_400_000;

/** By their names, which cases have in `killedBy`. Each is named there at least once, which the linter sees to. */
export const mutants: { readonly [name: string]: Mutant } = {
  'exit-code-always-0': {
    fault: 'every program ends with 0, whatever it did',
    put: (sound) =>
      otherCommandLine('"$@" | sed s/^[0-9]*\\$/0/')(
        answering(['run', 'exec', 'wait', 'state', 'call'], (answer) => withoutCodes(answer) as Words)(sound),
      ),
  },
  'silent-command-line': {
    fault: 'its command line writes nothing',
    put: otherCommandLine('"$@" >/dev/null 2>&1'),
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
  liar: {
    fault: 'a run in the background is answered before the program is executed',
    put: (sound) => {
      const late = throughShell('sleep 600; exec "$@"')(sound).operations.run;
      const run = sound.operations.run;
      if (run === undefined || late === undefined) return sound;
      const either = (request: { background?: boolean }) =>
        (request.background === true ? late : run)(request as never);
      return { ...sound, operations: { ...sound.operations, run: either } };
    },
  },
  'stale-state': {
    fault: 'it tells of a container what it has told the first time, for ever',
    put: forgetsStates,
  },
  'duplicate-id-ok': {
    fault: 'a name that is taken can be taken again',
    put: takesNamesTwice,
  },
  'delete-anything': {
    fault: 'what runs is deleted without being forced to',
    put: deletesAnything,
  },
  'pauses-nothing': {
    fault: 'what is paused goes on',
    put: instead(['pause'], async () => ({})),
  },
  'truncated-logs': {
    fault: 'of what a program writes only the first 4 bytes arrive',
    put: truncates,
  },
  'no-stdin': {
    fault: 'the standard input is empty',
    put: asking(['run', 'exec'], (request) => {
      const { streams } = request as { streams: object };
      return { ...request, streams: { ...streams, stdin: '/dev/null' } };
    }),
  },
  'one-stream': {
    fault: 'standard error goes where standard output goes',
    put: asking(['run', 'exec'], (request) => {
      const { streams } = request as { streams: { stdout: string } };
      return { ...request, streams: { ...streams, stderr: streams.stdout } };
    }),
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
    put: (sound) =>
      otherContainers({ 'process.user': '4321:4321' })(
        asking(['exec'], (request) => ({ ...request, user: '4321:4321' }))(sound),
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
  'ignore-hostname': {
    fault: 'a container has a host name that nobody has given to it',
    put: otherContainers({ 'network.hostname': 'localhost' }),
  },
  'ignore-cwd': {
    fault: 'every program begins in /tmp',
    put: throughShell('cd /tmp; exec "$@"'),
  },
  'ignore-readonly-root': {
    fault: 'a read-only root filesystem can be written to',
    put: otherContainers({ 'rootfs.readOnly': false, 'rootfs.writablePaths': null }),
  },
  'ignore-mount-readonly': {
    fault: 'what is mounted read-only can be written to',
    put: otherMounts({ readOnly: false }),
  },
  'ignore-mount-exec': {
    fault: 'programs can be executed on every mount',
    put: otherMounts({ exec: true }),
  },
  'ignore-mounts': {
    fault: 'nothing is mounted',
    put: otherContainers({ mounts: null }),
  },
  'share-pid-namespace': {
    fault: 'a container has the process numbers of the host',
    put: otherContainers({ 'namespaces.pid': 'host' }),
  },
  'share-ipc-namespace': {
    fault: 'a container has the message queues of the host',
    put: otherContainers({ 'namespaces.ipc': 'host' }),
  },
  'share-network-namespace': {
    fault: 'a container has the network of the host',
    put: otherContainers({ 'network.mode': 'host', 'namespaces.network': null }),
  },
  'share-cgroup-namespace': {
    fault: 'a container sees the control groups of the host',
    put: otherContainers({ 'namespaces.cgroup': 'host' }),
  },
  'own-time-namespace': {
    fault: 'a container has clocks of its own that nobody has asked for',
    put: otherContainers({ 'namespaces.time': 'private' }),
  },
  'ignore-clock-offsets': {
    fault: 'the clocks of a container are those of the host',
    put: otherContainers({ 'namespaces.timeOffsets': null }),
  },
  'keep-all-caps': {
    fault: 'a container has every capability',
    put: otherContainers({ 'security.capabilities': { add: ['ALL'] } }),
  },
  'drop-seccomp': {
    fault: 'no system call is filtered',
    put: otherContainers({ 'security.seccomp': 'unconfined' }),
  },
  'no-new-privs-off': {
    fault: 'set-user-ID programs give rights',
    put: otherContainers({ 'security.noNewPrivileges': false }),
  },
  'skip-masked-paths': {
    fault: 'nothing of the machine is hidden',
    put: otherContainers({ 'security.maskedPaths': { drop: defaultMaskedPaths } }),
  },
  'skip-readonly-paths': {
    fault: 'settings of the machine can be changed',
    put: otherContainers({ 'security.readOnlyPaths': { drop: defaultReadOnlyPaths } }),
  },
  'ignore-memory-limit': {
    fault: 'a container has as much memory as it wants',
    put: otherContainers({ 'resources.memory': null }),
  },
  'ignore-pids-limit': {
    fault: 'a container has as many processes as it wants',
    put: otherContainers({ 'resources.pids': 'unlimited' }),
  },
  'ignore-rlimits': {
    fault: 'limits of getrlimit(2) are not set',
    put: otherContainers({ 'resources.rlimits': null }),
  },
  'ignore-shm-size': {
    fault: '/dev/shm has the default size',
    put: otherContainers({ 'resources.shm': null }),
  },
  'ignore-oom-score': {
    fault: 'oomScoreAdjust is not set',
    put: otherContainers({ 'resources.oomScoreAdjust': null }),
  },
  'ignore-sysctls': {
    fault: 'settings of the kernel are as they were',
    put: otherContainers({ 'security.sysctls': null }),
  },
  'no-changes': {
    fault: 'a container never differs from what it was made of',
    put: answering(['diff'], () => ({ changes: [] })),
  },
  'changes-of-the-runtime': {
    fault: 'a difference lists what the runtime has put there',
    put: answering(['diff'], ({ changes }) => ({
      changes: [...(changes as object[]), { kind: 'C', path: '/etc/hosts' }],
    })),
  },
  'copies-nothing': {
    fault: 'what is to be copied is said to be, and is not',
    put: instead(['copy'], async () => ({})),
  },
  'whiteout-ignored': {
    fault: 'of what is gone a difference says nothing',
    put: answering(['diff'], ({ changes }) => ({
      changes: (changes as { kind: string }[]).filter(({ kind }) => kind !== 'D'),
    })),
  },
  'copy-loses-owners': {
    fault: 'what is copied belongs to who copies it',
    put: asking(['copy'], ({ archive: _, owner: __, ...request }) => request),
  },
  'mtime-lost': {
    fault: 'what is copied has the time of the copy',
    put: afterCopies('find "$FILE" -exec touch -h {} +'),
  },
  'hardlinks-copied': {
    fault: 'a file with two names is two files when it was copied',
    put: afterCopies(
      'find "$FILE" -type f -links +1 -exec sh -c \'cp -p "$1" "$1+"; mv "$1+" "$1"\' sh {} \\;',
    ),
  },
  'leak-process': {
    fault: 'a process stays in a namespace of its own',
    put: leaves('unshare --pid --fork sleep 600 & sleep 0.1', 'kill -9 $(pgrep -P $!)'),
  },
  'leak-mount': {
    fault: 'a mount stays on the host',
    put: leaves('place=$(mktemp -d); mount -t tmpfs leak "$place"', 'umount "$place"; rmdir "$place"'),
  },
  'leak-cgroup': {
    fault: 'a control group stays',
    put: leaves(
      "for top in $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts); do mkdir $top/sc-leak-$$; done",
      "rmdir $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/self/mounts | sed s,$,/sc-leak-$$,)",
    ),
  },
  'refusals-are-done': {
    fault: 'what it refuses it tells as done',
    put: tellsNoRefusal,
  },
  'vague-refusals': {
    fault: 'every refusal is told as a mistake of its own',
    put: vagueRefusals,
  },
  'does-nothing': {
    fault: 'it says of everything that it was done, and does nothing',
    put: doesNothing,
  },
  refuser: {
    fault: 'it declares everything, and then has nothing of it',
    put: refusesAll,
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
