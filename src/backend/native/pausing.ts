import { ScError } from '../../errors/error.ts';
import { during } from '../../errors/reason.ts';
import { freeze, freezerOf, isFrozen, thaw } from '../../linux/cgroup/freezer.ts';
import { groupsOfProcess, type LiveGroup } from '../../linux/cgroup/membership.ts';
import type { LiveContainer, Pausing } from '../backend.ts';

/** Milliseconds in which all processes of a container have to stand still. */
const PATIENCE = 10_000;

/** Loads nothing of the rest of this backend, so that many containers can be asked whether they stand still. */
export const nativePausing: Pausing = {
  pause: (container) =>
    during('SC_SYSTEM_CALL', 'make its processes stand still', () => freeze(required(container), PATIENCE)),
  resume: (container) =>
    during('SC_SYSTEM_CALL', 'let its processes go on', () => {
      const group = groupOf(container);
      if (group !== undefined) thaw(group);
    }),
  isPaused: (container) => {
    const group = groupOf(container);
    return group !== undefined && isFrozen(group);
  },
};

function groupOf({ id, pid }: LiveContainer): LiveGroup | undefined {
  return freezerOf(groupsOfProcess(pid, id));
}

function required({ id, pid }: LiveContainer): LiveGroup {
  const groups = groupsOfProcess(pid, id);
  if (groups.length === 0) throw new ScError('SC_WRONG_STATE', 'its program has ended');
  const group = freezerOf(groups);
  if (group !== undefined) return group;
  throw new ScError('SC_HOST_UNFIT', 'it is in no control group by which it could be made to stand still', {
    hint: 'mount cgroup2, or the freezer controller of v1, and start it again',
  });
}
