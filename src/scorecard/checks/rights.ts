import { capabilityNames } from '../../linux/capabilities.ts';
import { parseCapabilityLine } from '../../linux/kernel.ts';
import { inShort, type SecurityCheck } from '../check.ts';
import { type Answer, read } from '../question.ts';

const status = read('/proc/self/status');

/** What docker gives, the most that the field takes for harmless in most programs. */
const usual = [
  'CHOWN DAC_OVERRIDE FSETID FOWNER SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL',
  'MKNOD NET_RAW AUDIT_WRITE',
].flatMap((names) => names.split(' ').map((name) => `CAP_${name}`));

/** What the program may do beyond its user, by /proc/PID/status (capabilities(7)). */
export const rightChecks: readonly SecurityCheck[] = [
  {
    group: 'rights',
    name: 'no capability over the host',
    points: 5,
    reason: 'with CAP_SYS_ADMIN, CAP_SYS_MODULE and the like a container is the host',
    questions: [status],
    weakness: ([answer]) => words(held(answer, 'CapEff').filter((name) => !usual.includes(name))),
  },
  withoutCapability('CAP_NET_RAW', 2, 'forged packets reach the neighbours on the same network'),
  withoutCapability('CAP_MKNOD', 2, 'device nodes, in which only the device filter is left in the way'),
  withoutCapability('CAP_AUDIT_WRITE', 1, 'forged entries in the audit log of the host'),
  {
    group: 'rights',
    name: 'bounding set no larger',
    points: 2,
    reason: 'a program with file capabilities or of set-user-ID root gains what the set still holds',
    questions: [status],
    weakness([answer]) {
      const effective = held(answer, 'CapEff');
      return words(held(answer, 'CapBnd').filter((name) => !effective.includes(name)));
    },
  },
  empty(
    'inheritable set empty',
    'CapInh',
    'files with inheritable capabilities give rights to whoever executes them',
  ),
  empty('ambient set empty', 'CapAmb', 'rights stay with programs that are executed as another user'),
  {
    group: 'rights',
    name: 'no_new_privs',
    points: 4,
    reason: 'without it every set-user-ID program of the image is a way up',
    questions: [status],
    weakness: ([answer]) => (lineOf(answer, 'NoNewPrivs') === '1' ? undefined : 'off'),
  },
  {
    group: 'rights',
    name: 'a filter of system calls',
    points: 4,
    reason: 'without one all of the kernel can be attacked',
    questions: [status],
    weakness: ([answer]) => (lineOf(answer, 'Seccomp') === '2' ? undefined : 'none'),
  },
];

function withoutCapability(capability: string, points: number, reason: string): SecurityCheck {
  return {
    group: 'rights',
    name: `no ${capability}`,
    points,
    reason,
    questions: [status],
    weakness: ([answer]) => (held(answer, 'CapEff').includes(capability) ? 'held' : undefined),
  };
}

function empty(name: string, line: string, reason: string): SecurityCheck {
  return {
    group: 'rights',
    name,
    points: 1,
    reason,
    questions: [status],
    weakness: ([answer]) => words(held(answer, line)),
  };
}

function held(answer: Answer | undefined, line: string): string[] {
  return capabilityNames(parseCapabilityLine(answer?.bytes.toString() ?? '', line));
}

function lineOf(answer: Answer | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:\\s+(\\S+)$`, 'm').exec(answer?.bytes.toString() ?? '')?.[1];
}

function words(names: readonly string[]): string | undefined {
  return inShort(names.map((name) => name.replace('CAP_', '')));
}
