import { fstatSync, openSync } from 'node:fs';
import { O_CLOEXEC, O_RDONLY } from '../../linux/constants.ts';
import { holding } from '../../linux/directory.ts';
import { mknodat, readlinkat, symlinkat } from '../../linux/directory-entries.ts';
import { contentOf } from '../../linux/file-content.ts';
import { ContentFile } from './content-file.ts';
import { applyMetadataAt, readMetadata } from './metadata.ts';

/** Copies what `entry` (O_PATH) stands for, which is no directory, to a name that is free, as overlay does. */
export function copyUp(entry: number, directory: number, name: Buffer): void {
  const stats = fstatSync(entry, { bigint: true });
  const metadata = readMetadata(entry);
  if (stats.isFile()) {
    const file = new ContentFile(directory, name, Number(stats.size), metadata);
    try {
      copyContent(entry, Number(stats.size), file);
    } catch (error) {
      file.close();
      throw error;
    }
    file.finish();
    return;
  }
  if (stats.isSymbolicLink()) symlinkat(readlinkat(entry, Buffer.alloc(0)), directory, name);
  else mknodat(directory, name, Number(stats.mode), stats.rdev);
  applyMetadataAt(directory, name, metadata, stats.isSymbolicLink());
}

function copyContent(entry: number, size: number, file: ContentFile): void {
  const source = openSync(`/proc/self/fd/${entry}`, O_RDONLY | O_CLOEXEC);
  holding(source, () => {
    for (const { bytes, offset } of contentOf(source, size)) file.write(bytes, offset);
  });
}
