import { ScError } from '../../errors/error.ts';
import type { ContainerState, Endpoint } from '../../schema/container-state.ts';
import type { ContainerList } from '../../state/container-list.ts';
import { shortId } from '../../state/id.ts';

/** A container with its place in a network. */
export interface NetworkUser {
  container: ContainerState;
  endpoint: Endpoint;
}

/** Containers that are attached to networks, running or not, by the names of these. */
export type NetworkUsers = ReadonlyMap<string, NetworkUser[]>;

export function networkUsers({ containers }: Pick<ContainerList, 'containers'>): NetworkUsers {
  const users = new Map<string, NetworkUser[]>();
  for (const container of containers)
    for (const endpoint of container.endpoints ?? [])
      users.set(endpoint.network, [...(users.get(endpoint.network) ?? []), { container, endpoint }]);
  return users;
}

/** The same for who removes networks. Throws where there is a record that cannot be read: it may name any network. */
export function certainUsers(list: ContainerList): NetworkUsers {
  const [first] = list.broken;
  if (first === undefined) return networkUsers(list);
  const { id, error } = first;
  throw new ScError(
    error.code,
    `remove networks: to which of them container ${shortId(id)} is attached is not known: ${error.message}`,
    { cause: error, hint: `sc delete --force ${shortId(id)}` },
  );
}

/** Throws SC_WRONG_STATE, naming them, where containers are attached to a network. */
export function refuseUsed(list: ContainerList, name: string): void {
  const users = (certainUsers(list).get(name) ?? []).map(({ container }) => container);
  const [first] = users;
  if (first === undefined) return;
  const others = users.length === 1 ? 'is' : `and ${users.length - 1} more are`;
  const names = users.slice(0, 5).map((user) => user.name);
  throw new ScError(
    'SC_WRONG_STATE',
    `remove network "${name}": container "${first.name}", which is ${first.status}, ${others} attached to it`,
    { hint: `sc network disconnect ${name} ${first.name}, or sc delete ${names.join(' ')}` },
  );
}
