import { cacheKey, readCached, writeCached } from './cache.ts';
import { compile } from './compile.ts';
import { defaultProfile } from './default-profile.ts';
import { findLibseccomp, loadLibseccomp } from './libseccomp.ts';
import { selectRules } from './profile.ts';

export interface FilterRequest {
  profile: 'default' | 'unconfined';
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
export function seccompFilter({ profile, capabilities, cacheDirectory }: FilterRequest): Buffer | undefined {
  if (profile === 'unconfined') return undefined;
  const architecture = architectures[process.arch] ?? process.arch;
  const library = findLibseccomp();
  const key = cacheKey(profileText, [...capabilities].sort().join(), architecture, library.identity);
  const cached = readCached(cacheDirectory, key);
  if (cached !== undefined) return cached;

  const rules = selectRules(defaultProfile, capabilities);
  const filter = compile(loadLibseccomp(library), defaultProfile, rules, architecture);
  writeCached(cacheDirectory, key, filter);
  return filter;
}
