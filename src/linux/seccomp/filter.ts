import type { SecuritySpec } from '../../schema/container-spec.ts';
import { cacheKey, readCached, writeCached } from './cache.ts';
import { compile } from './compile.ts';
import { defaultProfile } from './default-profile.ts';
import { findLibseccomp, loadLibseccomp } from './libseccomp.ts';
import { ownProfile } from './own-profile.ts';
import { selectRules, thisHost } from './profile.ts';

interface FilterRequest {
  profile: SecuritySpec['seccomp'];
  /** Names such as CAP_CHOWN; what they need is opened. */
  capabilities: readonly string[];
  /** Made with 0700 where it is missing; filters of earlier starts are kept there. */
  cacheDirectory: string;
}

/** SCMP_ARCH_* of this machine's processor. */
const architectures: Record<string, string> = { x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' };

const profileText = JSON.stringify(defaultProfile);

/**
 * The filter of a container as struct sock_filter[], ready for a struct sock_fprog; undefined for
 * `unconfined`. libseccomp is loaded only if no earlier start has left the filter in the cache.
 * Throws SC_HOST_UNFIT where libseccomp is missing or refuses: there is no start without the filter.
 */
export function seccompFilter(request: FilterRequest): Buffer | undefined {
  if (request.profile === 'unconfined') return undefined;
  const { isKept, key, filter } = filterOf(request);
  if (!isKept) writeCached(request.cacheDirectory, key, filter);
  return filter;
}

/** Whether a profile of one's own makes a filter here, which is thrown away. Errors are those of seccompFilter. */
export function checkFilter(request: FilterRequest): void {
  if (typeof request.profile === 'object') filterOf(request);
}

/** From the cache, or compiled. */
function filterOf({ profile, capabilities, cacheDirectory }: FilterRequest): {
  isKept: boolean;
  key: string;
  filter: Buffer;
} {
  const architecture = architectures[process.arch] ?? process.arch;
  const library = findLibseccomp();
  const granted = [...capabilities].sort().join();
  const isOwn = typeof profile === 'object';
  // A profile of one's own may ask for the version of the kernel.
  const source = isOwn ? ['own', profile.profile, thisHost().kernel] : [profileText];
  const key = cacheKey(...source, granted, architecture, library.identity);
  const cached = readCached(cacheDirectory, key);
  if (cached !== undefined) return { isKept: true, key, filter: cached };

  const chosen = isOwn ? ownProfile(profile.profile, architecture) : defaultProfile;
  const rules = selectRules(chosen, capabilities);
  const filter = compile(loadLibseccomp(library), chosen, rules, architecture);
  return { isKept: false, key, filter };
}
