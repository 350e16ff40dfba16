import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Fault, instead } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** What stays on the host. */
export const leaks: Mutants = {
  'leak-process': {
    fault: 'a process stays in a namespace of its own',
    put: leaves(
      'unshare --pid --fork sleep 600 & until pgrep -P $! >/dev/null; do sleep 0.01; done',
      'kill -9 $(pgrep -P $!)',
    ),
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
};

/**
 * Makes something on the host for each run, and leaves it there. Whatever becomes of the adapter, it is taken back when
 * that has gone: by a shell in a session of its own, whose input ends then.
 */
function leaves(make: string, takeBack: string): Fault {
  return (sound) => {
    const shells: ChildProcess[] = [];
    const faulty = instead(['run'], async (request, perform) => {
      const script = `${make}; echo; read word; ${takeBack}`;
      const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
      shells.push(shell);
      await once(shell.stdout, 'data');
      shell.unref();
      return perform(request);
    })(sound);
    return {
      ...faulty,
      close: () => {
        for (const { stdin } of shells) stdin?.end();
      },
    };
  };
}
