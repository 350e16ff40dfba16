import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Place } from '../adapters/requests.ts';
import { answering, asking, type Fault, instead } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** What is copied and compared. */
export const copies: Mutants = {
  'no-changes': {
    fault: 'a container never differs from what it was made of',
    put: answering(['diff'], () => ({ changes: [] })),
  },
  'changes-of-the-runtime': {
    fault: 'a difference lists what the runtime has put there',
    put: answering(['diff'], ({ changes }) => ({
      changes: [...(changes as object[]), { kind: 'C', path: '/etc/hosts' }],
    })),
  },
  'whiteout-ignored': {
    fault: 'of what is gone a difference says nothing',
    put: answering(['diff'], ({ changes }) => ({
      changes: (changes as { kind: string }[]).filter(({ kind }) => kind !== 'D'),
    })),
  },
  'copies-nothing': {
    fault: 'what is to be copied is said to be, and is not',
    put: instead(['copy'], async () => ({})),
  },
  'copy-loses-owners': {
    fault: 'what is copied belongs to who copies it',
    put: asking(['copy'], ({ archive: _, owner: __, ...request }) => request),
  },
  'mtime-lost': {
    fault: 'what is copied has the time of the copy',
    put: afterCopies('find "$FILE" -exec touch -h {} +'),
  },
  'hardlinks-copied': {
    fault: 'a file with two names is two files when it was copied',
    put: afterCopies(
      'find "$FILE" -type f -links +1 -exec sh -c \'cp -p "$1" "$1+"; mv "$1+" "$1"\' sh {} \\;',
    ),
  },
  'copies-to-the-host': {
    fault:
      'what is copied into a container is put beside its source too, as where a link of the image leads there',
    put: instead(['copy'], async (request, perform) => {
      const answer = await perform(request);
      const { from, to } = request as { from: Place; to: Place };
      if (to.container !== undefined) copyFileSync(from.path, join(dirname(from.path), basename(to.path)));
      return answer;
    }),
  },
  'executes-what-it-copies': {
    fault: 'programs that are copied from a container are executed on the host',
    put: afterCopies('find "$FILE" -type f -perm /111 -exec {} \\;'),
  },
};

/** Does something on the host with what was copied there; FILE is what it is. */
function afterCopies(script: string): Fault {
  return instead(['copy'], async (request, perform) => {
    const answer = await perform(request);
    const { path, container } = request.to as Place;
    if (container === undefined) execFileSync('sh', ['-c', script], { env: { ...process.env, FILE: path } });
    return answer;
  });
}
