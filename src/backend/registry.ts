import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { AnyBackend, Pausing } from './backend.ts';

type Opener = (root: string) => Promise<AnyBackend>;

const backends: Record<string, Opener> = {
  native: async (root) => (await import('./native/native.ts')).nativeBackend({ root }),
};

/** Powers that many containers are asked for at once, so that they are had without the rest of a backend. */
const pausing: Record<string, () => Promise<Pausing>> = {
  native: async () => (await import('./native/pausing.ts')).nativePausing,
};

export const backendNames: readonly string[] = Object.keys(backends);

/** Loads a backend by its name; nothing of the others is loaded. Throws SC_USAGE for an unknown name. */
export async function openBackend(name: string, root: string): Promise<AnyBackend> {
  return opener(name)(root);
}

/** What a backend can do about standing still, where it can. Throws SC_USAGE for an unknown name. */
export async function openPausing(name: string): Promise<Pausing | undefined> {
  opener(name);
  return pausing[name]?.();
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
