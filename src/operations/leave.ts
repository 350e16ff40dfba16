import type { ContainerHandle } from '../backend/backend.ts';
import { during, naming } from '../errors/reason.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { ContainerName } from '../schema/operations/many.ts';
import { type Caller, say } from './caller.ts';
import { sayLeft } from './keyboard.ts';
import { logPlace, makeLog } from './log-place.ts';
import { askMonitor } from './monitor.ts';
import type { Workplace } from './workplace.ts';

/** After a loss of power such a record would only tell of a container that is gone. */
const VOLATILE = { durable: false };

/**
 * Leaves a container that this process runs to its keeper, which writes its log from now on. Answers false where it
 * has ended; throws where it cannot be left, and all goes on as before.
 */
export async function leaveContainer(
  { store }: Workplace,
  { id, name, spec }: Pick<ContainerState, 'id' | 'name' | 'spec'>,
  handle: ContainerHandle,
): Promise<boolean> {
  return naming(`leave "${name}" in the background`, async () => {
    await during('SC_SYSTEM_CALL', 'make its log', () => makeLog(logPlace(store, { id, spec })));
    if (!(await handle.leave())) return false;
    // Now, and not before: a monitor takes up what is detached, and two would hear one keeper. Should this process die
    // here, whoever cleans up after it sees that the keeper has not ended with it (recover.ts).
    await store.update(id, (state) => ({ ...state, detached: true }), VOLATILE);
    return true;
  });
}

/** Has the monitor take up a container that the caller has left. It runs without one too, and the next one takes it up. */
export async function commend(place: Workplace, { name }: ContainerName, caller: Caller): Promise<void> {
  sayLeft(caller, name);
  try {
    await askMonitor(place, caller, { operation: 'adopt', request: {}, validate: () => true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(caller, `no monitor tends it yet: ${reason}`);
  }
}
