import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { AnyBackend, LivePowers } from './backend.ts';

type Opener = (root: string) => Promise<AnyBackend>;

const backends: Record<string, Opener> = {
  native: async (root) => (await import('./native/native.ts')).nativeBackend({ root }),
};

/** What many containers are asked for at once, so that it is had without the rest of a backend. */
const livePowers: Record<string, () => Promise<LivePowers>> = {
  native: async () => ({
    ...(await import('./native/accounting.ts')).nativeAccounting,
    ...(await import('./native/attach.ts')).nativeAttaching,
    ...(await import('./native/pausing.ts')).nativePausing,
  }),
};

const backendNames: readonly string[] = Object.keys(backends);

/** Loads a backend by its name; nothing of the others is loaded. Throws SC_USAGE for an unknown name. */
export async function openBackend(name: string, root: string): Promise<AnyBackend> {
  return opener(name)(root);
}

/** What a backend can do with containers that run. Throws SC_USAGE for an unknown name. */
export async function openLivePowers(name: string): Promise<LivePowers> {
  opener(name);
  return livePowers[name]?.() ?? {};
}

/** Throws SC_USAGE for an unknown name, and loads nothing. */
export function checkBackendName(name: string): void {
  opener(name);
}

function opener(name: string): Opener {
  const open = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (open !== undefined) return open;
  throw new ScError('SC_USAGE', `unknown backend "${name}"${didYouMean(name, backendNames)}`, {
    hint: backendNames.map((known) => `--backend ${known}`).join(' or '),
  });
}
