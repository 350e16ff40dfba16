import { chmodSync, chownSync, cpSync, globSync } from 'node:fs';
import { join } from 'node:path';

const examples = join(import.meta.dirname, '../../examples/plugins');

/** Copies a plugin of the examples to where it belongs to this user alone, whoever owns the repository. */
export function installPlugin(name: 'chroot' | 'copy', directory: string): string {
  cpSync(join(examples, name), directory, { recursive: true });
  for (const path of [directory, ...globSync(join(directory, '**'))]) {
    chownSync(path, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    chmodSync(path, 0o755);
  }
  return directory;
}
