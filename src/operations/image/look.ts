import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Loaded } from '../../image/archive/loaded.ts';
import type { Intake } from '../../image/content/intake.ts';
import { ContentStore } from '../../image/content/store.ts';

/** What would be taken in, of which nothing is kept. */
export async function lookAt(bring: (intake: Intake) => Promise<Loaded[]>): Promise<Loaded[]> {
  const directory = mkdtempSync(join(tmpdir(), 'sc-plan-'));
  try {
    const store = new ContentStore(directory);
    const { loaded } = await store.write(async (intake) => ({ loaded: await bring(intake), entries: [] }));
    return loaded;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
