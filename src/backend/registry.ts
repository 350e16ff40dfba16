import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';
import type { Backend, Explaining } from './backend.ts';

const backends: Record<string, (root: string) => Promise<Backend & Partial<Explaining>>> = {
  native: async (root) => (await import('./native/native.ts')).nativeBackend({ root }),
};

export const backendNames: readonly string[] = Object.keys(backends);

/** Loads a backend by its name; nothing of the others is loaded. Throws SC_USAGE for an unknown name. */
export async function openBackend(name: string, root: string): Promise<Backend & Partial<Explaining>> {
  const open = backends[name];
  if (open) return open(root);
  throw new ScError('SC_USAGE', `unknown backend "${name}"${didYouMean(name, backendNames)}`, {
    hint: `the backends are: ${backendNames.join(', ')}`,
  });
}
