import { ScError } from '../../errors/error.ts';
import { checkFilter } from '../../linux/seccomp/filter.ts';
import type { ContainerSpec } from '../../schema/container-spec.ts';
import type { Unsupported } from '../backend.ts';
import { thisConfinement, unconfinable } from './confinement.ts';
import { judgeLimits } from './host.ts';
import { missingCapabilities } from './rights.ts';
import { unknownSettings } from './settings.ts';

/** What of a container this host cannot give to whoever starts it by our lists. */
export function refusedByHost(container: ContainerSpec, cacheDirectory: string): Unsupported[] {
  return [
    ...judgeLimits(container).refused,
    ...unconfinable(container.security, thisConfinement),
    ...missingCapabilities(container.security),
    ...unknownSettings(container.security),
    ...unfitProfile(container, cacheDirectory),
  ];
}

/** Before anything starts: it could start after others that are not to start without it. */
function unfitProfile({ security }: ContainerSpec, cacheDirectory: string): Unsupported[] {
  const { seccomp: profile, capabilities } = security;
  try {
    checkFilter({ profile, capabilities, cacheDirectory });
    return [];
  } catch (error) {
    if (!(error instanceof ScError) || typeof profile !== 'object') throw error;
    return [{ path: 'security.seccomp', reason: `"${profile.path}": ${error.message}` }];
  }
}
