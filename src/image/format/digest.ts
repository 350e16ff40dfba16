import { createHash } from 'node:crypto';
import { ScError } from '../../errors/error.ts';

const ALGORITHM = 'sha256:';

export function digestOf(bytes: Uint8Array): string {
  return ALGORITHM + createHash('sha256').update(bytes).digest('hex');
}

function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The 64 hex digits of a digest, fit for the name of a file. Throws SC_BAD_IMAGE for all else. */
export function hexOf(digest: string): string {
  if (isDigest(digest)) return digest.slice(ALGORITHM.length);
  throw new ScError(
    'SC_BAD_IMAGE',
    `use digest ${JSON.stringify(digest.slice(0, 150))}: ${digestFlaw(digest)}`,
  );
}

/** Why a text is no digest. */
export function digestFlaw(text: string): string {
  const algorithm = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):[a-zA-Z0-9=_-]+$/.exec(text)?.[1];
  if (algorithm !== undefined && algorithm !== 'sha256') return `${algorithm} is not supported, only sha256`;
  return 'a digest is "sha256:" and 64 hex digits';
}

/**
 * The chainIDs of layers, lowest first: what each is together with those below it. The lowest is its own diffID,
 * the others the digest of the chainID below, a space and the diffID.
 */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(Buffer.from(`${below} ${diffId}`)));
  }
  return chain;
}
