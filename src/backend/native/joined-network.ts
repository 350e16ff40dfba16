import { ScError } from '../../errors/error.ts';
import type { LaunchRequest } from '../backend.ts';

/** What a keeper is given behind all else: the network namespace that the container is in, if it is another's. */
export function joinedNetwork({ container, networkNamespace }: LaunchRequest): number[] {
  if (container.network.mode !== 'container') return [];
  if (networkNamespace !== undefined) return [networkNamespace];
  throw new ScError('SC_INTERNAL', `launch "${container.name}": nobody has opened the network that it joins`);
}
