import type { SourceDocument } from '../../document/source-document.ts';
import type { NetworkFacts } from '../../plan/networks.ts';
import { isRunnable } from '../../plan/runnable.ts';
import type { NetworkState } from '../../schema/network-state.ts';
import type { Workplace } from '../workplace.ts';

/** What is known of the networks that documents name. Throws SC_STATE_CORRUPT and SC_STATE_NEWER. */
export async function networkFacts(
  place: Workplace,
  documents: readonly SourceDocument[],
): Promise<NetworkFacts> {
  const known = new Map<string, NetworkState>();
  const names = new Set(documents.flatMap(({ value }) => namedNetworks(value).map(({ name }) => name)));
  if (names.size === 0) return known;
  const { networksOf } = await import('./found.ts');
  const networks = networksOf(place);
  for (const name of names) {
    const network = networks.find(name);
    if (network !== undefined) known.set(name, network);
  }
  return known;
}

/** The networks that a document makes or that its container is attached to, each with the path that says so. */
export function namedNetworks(value: SourceDocument['value']): { name: string; path: string }[] {
  if (value.kind === 'Network') return [{ name: value.metadata.name, path: 'metadata.name' }];
  if (!isRunnable(value)) return [];
  const { mode, networks = [] } = value.network ?? {};
  if (networks.length > 0)
    return networks.map(({ name }, index) => ({ name, path: `network.networks[${index}].name` }));
  const isNone = mode === undefined || /^(none|host|container:.*)$/.test(mode);
  return isNone ? [] : [{ name: mode, path: 'network.mode' }];
}
