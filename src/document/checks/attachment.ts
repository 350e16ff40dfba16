import { select, valueAt } from './check.ts';

/** The network mode of a container that is not attached to several networks. */
export function modeOf(container: unknown): string {
  const mode = valueAt(container, 'network.mode') ?? sharing(valueAt(container, 'namespaces.network'));
  return String(mode ?? 'none');
}

/** The names of the networks that a container is attached to, or its mode. */
export function networksOf(container: unknown): unknown[] {
  const places = select(container, 'network.networks.*');
  return places.length === 0 ? [modeOf(container)] : places.map(({ value }) => valueAt(value, 'name'));
}

/** Whether containers find each other by name there: the default network has none, and in modes there is nobody who asks. */
export function hasNames(network: unknown): boolean {
  return typeof network === 'string' && !/^(none|host|bridge|container:.*)$/.test(network);
}

/** A namespace that is not the container's own. */
export function sharing(namespace: unknown): unknown {
  return namespace === 'private' ? undefined : namespace;
}
