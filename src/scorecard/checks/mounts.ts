import type { SecurityCheck } from '../check.ts';
import { type Answer, read } from '../question.ts';

const mountinfo = read('/proc/self/mountinfo');

/** How the kernel's filesystems are mounted; one that is not there is not weak. */
export const mountChecks: readonly SecurityCheck[] = [
  flags('/proc', 'no programs, devices or rights in what shows files of others', [
    'nosuid',
    'nodev',
    'noexec',
  ]),
  flags('/dev', 'it can be written to', ['nosuid']),
  flags('/dev/shm', 'everybody can write to it', ['nosuid', 'nodev', 'noexec']),
  {
    group: 'mounts',
    name: 'nothing comes in later',
    points: 1,
    reason: 'what is mounted on the host later, a stick or a share, shows inside too',
    questions: [mountinfo],
    weakness([answer]) {
      const lines = answer?.bytes.toString().split('\n') ?? [];
      const joined = lines.filter((line) => / (shared|master):\d+/.test(line.split(' - ')[0] ?? ''));
      return joined.length === 0 ? undefined : joined.map((line) => line.split(' ')[4]).join(' ');
    },
  },
];

function flags(path: string, reason: string, wanted: readonly string[]): SecurityCheck {
  return {
    group: 'mounts',
    name: `flags of ${path}`,
    points: 1,
    reason,
    questions: [mountinfo],
    weakness([answer]) {
      const options = optionsOf(path, answer);
      if (options === undefined) return undefined;
      const missing = wanted.filter((flag) => !options.includes(flag));
      return missing.length === 0 ? undefined : `not ${missing.join(' ')}`;
    },
  };
}

/** Of the topmost mount at a path (proc_pid_mountinfo(5)). */
function optionsOf(path: string, answer: Answer | undefined): string[] | undefined {
  const lines = answer?.bytes.toString().split('\n') ?? [];
  const fields = lines.map((line) => line.split(' ')).findLast((fields) => fields[4] === path);
  return fields?.[5]?.split(',');
}
