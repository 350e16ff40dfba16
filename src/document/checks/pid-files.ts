import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import { type Check, containersOf, joined, type Names, valueAt } from './check.ts';

const FIELD = 'monitor.pidFile';

/** A file tells of one process. */
export const pidFileChecks: readonly Check[] = [
  {
    name: 'each container has a pid file of its own',
    run: (document, names) => {
      const count = valueAt(document, 'replicas');
      return pidFilesOf(document).flatMap(({ path, file }): Finding[] => {
        if (typeof count === 'number' && count > 1)
          return [{ path, message: `each of ${count} containers writes "${file}"`, expected: 'no replicas' }];
        const other = firstWith(file, names);
        if (other === undefined || other === document) return [];
        return [{ path, message: `${names.inWords(other)} writes "${file}" too` }];
      });
    },
  },
];

function pidFilesOf(document: unknown): { path: string; file: string }[] {
  return containersOf(document).flatMap((container) => {
    const value = valueAt(container.value, FIELD);
    if (typeof value !== 'string') return [];
    return [{ path: joined(container.path, FIELD), file: posix.normalize(value) }];
  });
}

/** The first document of the file with a container that has it. The steps of a job come one after another. */
function firstWith(file: string, { first }: Names): unknown {
  return [...first.values()].find((document) => pidFilesOf(document).some((one) => one.file === file));
}
