import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startupSnapshot } from 'node:v8';
import { main } from './main.ts';
import { type Loaded, snapshotProgram } from './snapshot-program.ts';

/**
 * The beginning of a process that starts from a snapshot: `sc` with its commands loaded, as scripts/build-snapshot.ts
 * has made it. Nothing that belongs to one process may be looked at before: environment, descriptors, user, directory.
 */
export function beginSnapshot(loaded: Loaded): void {
  startupSnapshot.setDeserializeMainFunction(async () => {
    // bin/sc has set it for the reading of the snapshot alone.
    if (process.env.GLIBC_TUNABLES === 'glibc.malloc.hugetlb=1') delete process.env.GLIBC_TUNABLES;
    // As node does without a snapshot: a monitor is started by it, in another directory.
    process.argv[1] = resolve(process.argv[1] ?? '');
    // In place of import.meta.url, which a snapshot does not have.
    Object.assign(globalThis, { scMain: pathToFileURL(process.argv[1]).href });
    const program = snapshotProgram(loaded);
    process.exit(await main(process.argv.slice(2), () => Promise.resolve(program)));
  });
}
