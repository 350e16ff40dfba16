import type { HostFacts } from '../../linux/host-facts.ts';
import type { Check } from '../../schema/answer.ts';
import { type Shortcoming, verdict } from './verdict.ts';

/** What holds a program in beside namespaces and rights: system call filters and security modules. */
export function confinementChecks(facts: HostFacts): Check[] {
  const { seccomp, libseccomp, securityModules } = facts;
  return [
    verdict('seccomp', seccomp ? 'ready' : 'missing', seccompGap(facts)),
    verdict('libseccomp', libseccomp?.version ?? 'missing', libseccomp ? undefined : noLibseccomp),
    verdict(
      'security modules',
      securityModules.join(' ') || 'none',
      securityModules.length > 0 ? undefined : noModules,
    ),
  ];
}

const noLibseccomp: Shortcoming = {
  status: 'fail',
  meaning: 'the default profile of system calls cannot be compiled',
  remedy: 'apt-get install libseccomp2, or the package of your distribution (Alpine: libseccomp)',
};

const noModules: Shortcoming = {
  status: 'warn',
  meaning: 'containers are held by namespaces, capabilities and seccomp alone',
  remedy: 'switch on AppArmor or SELinux',
};

function seccompGap({ seccomp, seccompActions }: HostFacts): Shortcoming | undefined {
  if (seccomp && (seccompActions.length === 0 || seccompActions.includes('errno'))) return undefined;
  return {
    status: 'fail',
    meaning: 'the default profile of system calls cannot be held to',
    remedy: 'a kernel with CONFIG_SECCOMP_FILTER, or seccomp: unconfined in the container file',
  };
}
