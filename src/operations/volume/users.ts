import { ScError } from '../../errors/error.ts';
import type { MountSpec } from '../../schema/container-spec.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import type { ContainerList } from '../../state/container-list.ts';
import { shortId } from '../../state/id.ts';

/** A mount whose source is a volume. */
export type VolumeMount = MountSpec & { type: 'bind' } & {
  volume: NonNullable<(MountSpec & { type: 'bind' })['volume']>;
};

/** The mounts of volumes, a mount above another first. */
export function volumeMounts(mounts: readonly MountSpec[]): VolumeMount[] {
  return mounts.filter((mount): mount is VolumeMount => mount.type === 'bind' && mount.volume !== undefined);
}

/** Containers that mount volumes, running or not, by the names of these. */
export type VolumeUsers = ReadonlyMap<string, ContainerState[]>;

export function volumeUsers({ containers }: Pick<ContainerList, 'containers'>): VolumeUsers {
  const users = new Map<string, ContainerState[]>();
  for (const container of containers)
    for (const name of new Set(volumeMounts(container.spec.mounts).map(({ volume }) => volume.name)))
      users.set(name, [...(users.get(name) ?? []), container]);
  return users;
}

/** The same for who removes volumes. Throws where there is a record that cannot be read: it may name any volume. */
export function certainUsers(list: ContainerList): VolumeUsers {
  const [first] = list.broken;
  if (first === undefined) return volumeUsers(list);
  const { id, error } = first;
  throw new ScError(
    error.code,
    `remove volumes: which of them container ${shortId(id)} mounts is not known: ${error.message}`,
    { cause: error, hint: `sc delete --force ${shortId(id)}` },
  );
}

/** Throws SC_WRONG_STATE, naming them, where containers mount a volume; not counting the one with the ID `except`. */
export function refuseUsed(list: ContainerList, name: string, except?: string): void {
  const users = (certainUsers(list).get(name) ?? []).filter(({ id }) => id !== except);
  const [first] = users;
  if (first === undefined) return;
  const mount = users.length === 1 ? 'mounts' : `and ${users.length - 1} more mount`;
  const names = users.slice(0, 5).map((user) => user.name);
  throw new ScError(
    'SC_WRONG_STATE',
    `remove volume "${name}": container "${first.name}", which is ${first.status}, ${mount} it`,
    { hint: `sc delete ${names.join(' ')}` },
  );
}
