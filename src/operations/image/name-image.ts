import type { UndoStack } from '../../execute/undo.ts';
import type { ImageStep } from '../../schema/plan.ts';
import type { Workplace } from '../workplace.ts';

/** Gives an image that has been taken in its name; undone, whoever had it has it again, and the image stays without one. */
export async function nameImage(
  place: Workplace,
  { name, digest, mark, file }: ImageStep,
  undo: UndoStack,
): Promise<void> {
  const images = await place.images();
  const earlier = await images.assign(name, digest, { mark, file });
  undo.push(name, async () => {
    if (images.entries().find((entry) => entry.name === name)?.target.digest !== digest) return;
    if (earlier === undefined) await images.untag(name);
    else await images.assign(name, earlier.target.digest, earlier);
  });
}
