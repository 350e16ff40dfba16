import type { HostFacts } from '../../linux/host-facts.ts';
import { isAtLeast } from '../../linux/kernel-version.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/** The machine itself: processor, kernel, libraries, where this process stands, the clock. */
export function kernelChecks(facts: HostFacts): Check[] {
  const { processor, kernel, refusedCalls, executesMemory, surroundings } = facts;
  return [
    verdict('processor', processor, ['x64', 'arm64'].includes(processor) ? undefined : otherProcessor),
    verdict('kernel', kernel, kernelGap(facts)),
    verdict(
      'mount calls',
      refusedCalls.map(({ name, errno }) => `${name}: ${errno}`).join(', ') || 'ready',
      callGap(facts),
    ),
    verdict(
      'programs in memory',
      executesMemory ? 'ready' : 'vm.memfd_noexec=2',
      executesMemory ? undefined : noMemory,
    ),
    verdict('C library', facts.libraryOfC),
    verdict('surroundings', surroundingWords(surroundings), surroundingGap(surroundings)),
    verdict('clock', new Date(facts.time).toISOString(), facts.time < BUILT ? wrongClock : undefined),
  ];
}

/** No machine that runs this can be earlier. */
const BUILT = Date.UTC(2026, 0);

const otherProcessor: Shortcoming = {
  status: 'fail',
  meaning: 'the native backend speaks to the kernel in the numbers of x86-64 and arm64 only',
};

const noMemory: Shortcoming = {
  status: 'fail',
  meaning: 'containers are made by a program that is executed from memory',
  remedy: 'sysctl vm.memfd_noexec=1',
};

const wrongClock: Shortcoming = {
  status: 'warn',
  meaning: 'the times in records are wrong, and certificates are not valid yet',
  remedy: 'timedatectl set-ntp true, or set it by hand: date --set',
};

/** What younger kernels add, where this one is older. */
const younger: readonly (readonly [release: string, what: string])[] = [
  ['5.14', 'ending all of a container at once (cgroup.kill)'],
  ['5.19', 'mapped owners of the layers of a root filesystem'],
];

function kernelGap({ kernel }: HostFacts): Shortcoming | undefined {
  if (!isAtLeast(kernel, '5.12')) {
    return {
      status: 'fail',
      meaning: 'mounts are made with calls of Linux 5.12 (mount_setattr)',
      remedy: 'start a newer kernel',
    };
  }
  const missing = younger.filter(([release]) => !isAtLeast(kernel, release));
  if (missing.length === 0) return undefined;
  const words = missing.map(([release, what]) => `${what}: Linux ${release}`);
  return {
    status: 'warn',
    meaning: `not to be had here: ${words.join('; ')}`,
    remedy: 'start a newer kernel, best 6.1 or later',
  };
}

function callGap({ refusedCalls, kernel }: HostFacts): Shortcoming | undefined {
  if (refusedCalls.length === 0) return undefined;
  const isFiltered = refusedCalls.some(({ errno }) => errno === 'EPERM');
  return {
    status: 'fail',
    meaning: 'containers are made with these calls',
    remedy: isFiltered
      ? 'start sc as root, and not inside of a container with a filter of system calls'
      : `start a kernel newer than ${kernel}`,
  };
}

function surroundingWords({ nested, covered }: HostFacts['surroundings']): string {
  const words = [
    ...nested.map((name) => `inside of a ${name} namespace`),
    ...(covered.length === 0 ? [] : [`${covered.join(' ')} covered`]),
  ];
  return words.join(', ') || 'the machine itself';
}

function surroundingGap({ nested, covered }: HostFacts['surroundings']): Shortcoming | undefined {
  if (nested.includes('user')) {
    return {
      status: 'warn',
      meaning: 'root here is not root of the machine: no device nodes, no overlay over what others own',
      remedy: 'start sc as root of the machine',
    };
  }
  if (covered.length === 0) return undefined;
  return {
    status: 'warn',
    meaning: 'the kernel lets no user namespace mount a /proc or /sys of which the host sees only a part',
    remedy: 'in an outer container, one without masked paths, or start sc outside of it',
  };
}
