import { UndoStack } from '../../execute/undo.ts';
import type { ContainerHandle, LaunchRequest } from '../backend.ts';
import { removeAddedGroups } from '../native/added-groups.ts';
import type { Attempt } from '../native/failure.ts';
import { makeHeld } from '../native/held.ts';
import { settle } from '../native/host.ts';
import { startKeeper } from '../native/keeper.ts';
import type { Program } from '../native/program/program.ts';
import type { RenderRequest } from '../native/render/input.ts';
import { hostNullStreams, streamsOf } from '../native/streams.ts';

/** What a backend on a tool makes for a keeper of its own. */
interface Made {
  program: Program;
  /** Descriptors that the keeper is given behind those of every keeper of its kind. */
  forKeeper: readonly number[];
  /** Closes those of them that were opened for it. */
  release(): void;
  /** For errors. */
  attempt: Attempt;
}

/** Starts the keeper of a container that a tool makes, as Backend.launch; where that fails `cleanUp` has been called. */
export async function startByTool(
  request: LaunchRequest,
  cleanUp: () => Promise<void>,
  make: (request: RenderRequest) => Made,
): Promise<ContainerHandle> {
  settle();
  const leave = async () => {
    if (request.recordDirectory !== undefined) await removeAddedGroups(request.recordDirectory);
  };
  const held = request.detached && (await makeHeld(request, cleanUp));
  const given = { ...request, ...(held && { stdio: held }) };
  let release = (): void => {};
  try {
    if (held) await leave();
    const made = make({ ...given, nullStreams: hostNullStreams(given) });
    release = made.release;
    return await startKeeper({
      program: made.program,
      streams: streamsOf(given),
      held: (own) => [...(held ? held.forKeeper(own) : []), ...made.forKeeper],
      attempt: made.attempt,
      cleanUp,
      leave,
      ...(request.hearLog && { hearLog: request.hearLog }),
    });
  } catch (error) {
    const undo = new UndoStack();
    undo.push(request.container.name, cleanUp);
    throw await undo.unwind(error);
  } finally {
    held?.release();
    release();
  }
}
