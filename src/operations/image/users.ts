import { ScError } from '../../errors/error.ts';
import type { ContainerList } from '../../state/container-list.ts';
import { shortId } from '../../state/id.ts';

/** Names of the containers that stand on images, by the IDs of these. */
export type ImageUsers = ReadonlyMap<string, string[]>;

export function imageUsers({ containers }: Pick<ContainerList, 'containers'>): ImageUsers {
  const users = new Map<string, string[]>();
  for (const { name, spec } of containers) {
    if (spec.image.kind !== 'image') continue;
    const { id } = spec.image;
    users.set(id, [...(users.get(id) ?? []), name]);
  }
  return users;
}

/** The same for who removes images. Throws where there is a record that cannot be read: it may name any image. */
export function certainUsers(list: ContainerList): ImageUsers {
  const [first] = list.broken;
  if (first === undefined) return imageUsers(list);
  const { id, error } = first;
  throw new ScError(
    error.code,
    `remove images: which of them container ${shortId(id)} stands on is not known: ${error.message}`,
    { cause: error, hint: `sc delete --force ${shortId(id)}` },
  );
}
