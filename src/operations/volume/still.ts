import { ScError } from '../../errors/error.ts';
import type { ContainerState } from '../../schema/container-state.ts';
import { holdStill } from '../hold-still.ts';
import { ignoreGone } from '../recover.ts';
import type { Workplace } from '../workplace.ts';
import { volumeMounts, volumeUsers } from './users.ts';

/** Runs an action while all containers stand still that run and can write to a volume. They go on whatever happens. */
export async function withUsersStill<Result>(
  place: Workplace,
  volume: string,
  action: () => Promise<Result>,
): Promise<Result> {
  const ids = (await usersOf(place, volume)).filter(canWrite(volume)).map(({ id }) => id);
  return eachAlone(place, ids, action, (state, inner) => holdStill(place, state, inner));
}

/**
 * Runs an action while no container that mounts a volume can be started. It is given what throws SC_WRONG_STATE where one
 * runs or is being made, which is asked for under the lock of the volume: whoever is made later finds what it holds then.
 */
export async function withUsersAlone<Result>(
  place: Workplace,
  volume: string,
  words: string,
  action: (check: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const ids = new Set((await usersOf(place, volume)).map(({ id }) => id));
  const check = async () => {
    for (const { id, name, status } of await usersOf(place, volume)) {
      if (ids.has(id) && (status === 'stopped' || status === 'created')) continue;
      throw new ScError('SC_WRONG_STATE', `${words}: container "${name}", which is ${status}, mounts it`, {
        hint: `sc stop ${name}`,
      });
    }
  };
  return eachAlone(
    place,
    [...ids],
    () => action(check),
    (_, inner) => inner(),
  );
}

async function usersOf(place: Workplace, volume: string): Promise<ContainerState[]> {
  const users = volumeUsers(await place.store.list()).get(volume) ?? [];
  return Promise.all(users.map((state) => place.observe(state)));
}

function canWrite(name: string): (state: ContainerState) => boolean {
  return ({ spec }) =>
    volumeMounts(spec.mounts).some(({ volume, readOnly }) => volume.name === name && !readOnly);
}

/** In the order of their IDs, so that two do not wait for each other; one that is gone meanwhile needs nothing. */
async function eachAlone<Result>(
  place: Workplace,
  ids: readonly string[],
  action: () => Promise<Result>,
  hold: (state: ContainerState, inner: () => Promise<Result>) => Promise<Result>,
): Promise<Result> {
  const [id, ...others] = [...ids].sort();
  if (id === undefined) return action();
  const inner = () => eachAlone(place, others, action, hold);
  if ((await ignoreGone(place.store.find(id))) === undefined) return inner();
  return place.store.exclusively(id, async () =>
    hold(await place.observe(await place.store.find(id)), inner),
  );
}
