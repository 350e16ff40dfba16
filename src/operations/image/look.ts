import type { Loaded } from '../../image/archive/loaded.ts';
import type { Intake } from '../../image/content/intake.ts';
import { ContentStore } from '../../image/content/store.ts';
import { inPassing } from '../passing-directory.ts';

/** What would be taken in, of which nothing is kept. */
export function lookAt(bring: (intake: Intake) => Promise<Loaded[]>): Promise<Loaded[]> {
  return inPassing(async (directory) => {
    const store = new ContentStore(directory);
    const { loaded } = await store.write(async (intake) => ({ loaded: await bring(intake), entries: [] }));
    return loaded;
  });
}
