import type { HostFacts } from '../../linux/host-facts.ts';
import { resolveRlimits } from '../../linux/rlimits.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/**
 * What this process may do: capabilities, namespaces, rlimits. `obstacle` is what the kernel said when a user
 * namespace was tried.
 */
export function rightChecks(facts: HostFacts, obstacle?: string): Check[] {
  const { capabilities, lastCapability, namespaces } = facts;
  return [
    verdict('capabilities', `${capabilities.length} of ${lastCapability + 1}`, capabilityGap(facts)),
    verdict('namespaces', namespaces.join(' '), namespaceGap(facts)),
    userNamespaceCheck(facts, obstacle),
    verdict('rlimits', limitWords(facts), limitGap(facts)),
  ];
}

const needed = 'SYS_ADMIN SYS_CHROOT SETUID SETGID SETPCAP MKNOD NET_ADMIN DAC_OVERRIDE KILL'
  .split(' ')
  .map((name) => `CAP_${name}`);

function capabilityGap({ capabilities }: HostFacts): Shortcoming | undefined {
  const missing = needed.filter((name) => !capabilities.includes(name));
  if (missing.length === 0) return undefined;
  return {
    status: 'fail',
    meaning: `containers cannot be made without ${missing.join(', ')}`,
    remedy: 'run sc as root',
  };
}

const dividing = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'uts'];

function namespaceGap({ namespaces, closedNamespaces }: HostFacts): Shortcoming | undefined {
  const missing = dividing.filter((name) => !namespaces.includes(name));
  if (missing.length > 0) {
    return {
      status: 'fail',
      meaning: `the kernel cannot divide: ${missing.join(', ')}`,
      remedy: 'start a kernel with these namespaces',
    };
  }
  const closed = closedNamespaces.filter((setting) => dividing.some((name) => setting.includes(`_${name}_`)));
  if (closed.length > 0) {
    return {
      status: 'fail',
      meaning: `the settings of the host allow none: ${closed.join(', ')}`,
      remedy: `sysctl ${closed.map((setting) => setting.replace(/=0$/, '=10000')).join(' ')}`,
    };
  }
  if (namespaces.includes('time')) return undefined;
  return {
    status: 'warn',
    meaning: 'containers cannot have clocks of their own',
    remedy: 'start a kernel with CONFIG_TIME_NS, which Linux 5.6 brought',
  };
}

function userNamespaceCheck(facts: HostFacts, obstacle: string | undefined): Check {
  const { namespaces, closedNamespaces, root, userNamespaceBarriers } = facts;
  const closed = closedNamespaces.find((setting) => setting.includes('_user_'));
  const meaning = 'root inside of a container is root outside of it too';
  const lacking = (found: string, remedy: string) =>
    verdict('user namespaces', found, { status: 'warn', meaning, remedy });
  if (!namespaces.includes('user')) return lacking('missing', 'start a kernel with CONFIG_USER_NS');
  // The other settings only keep those out who are not root.
  const barriers = closed === undefined ? (root ? [] : userNamespaceBarriers) : [closed];
  if (barriers.length > 0) return lacking(barriers.join(' '), `sysctl ${barriers.map(opened).join(' ')}`);
  if (obstacle !== undefined) return lacking(obstacle, 'start sc as root of the machine');
  return verdict('user namespaces', 'ready');
}

/** A setting with the value that lets user namespaces be. */
function opened(setting: string): string {
  return setting.startsWith('user.max') ? setting.replace(/=0$/, '=10000') : setting.replace(/\d$/, invert);
}

function invert(digit: string): string {
  return digit === '0' ? '1' : '0';
}

function clampedLimits({ rlimits, capabilities }: HostFacts) {
  return resolveRlimits([], rlimits, { mayRaise: capabilities.includes('CAP_SYS_RESOURCE') }).clamped;
}

function limitWords(facts: HostFacts): string {
  const clamped = clampedLimits(facts);
  const { soft, hard } = facts.rlimits.get('nofile') ?? { soft: 0, hard: 0 };
  if (clamped.length === 0) return `nofile ${soft}:${hard}`;
  return clamped.map(({ name, given }) => `hard limit of ${name}: ${given.hard}`).join(', ');
}

function limitGap(facts: HostFacts): Shortcoming | undefined {
  const clamped = clampedLimits(facts);
  if (clamped.length > 0) {
    const words = clamped.map(({ name, wanted, given }) => `${name} ${given.hard} instead of ${wanted.hard}`);
    return {
      status: 'warn',
      meaning: `containers get ${words.join(', ')}`,
      remedy: 'raise the hard limit of who starts sc, or start it with CAP_SYS_RESOURCE',
    };
  }
  if (facts.capabilities.includes('CAP_SYS_RESOURCE')) return undefined;
  return {
    status: 'warn',
    meaning: 'no container can have a higher limit than sc itself: CAP_SYS_RESOURCE is missing',
    remedy: 'start sc with CAP_SYS_RESOURCE where a container file asks for more',
  };
}
