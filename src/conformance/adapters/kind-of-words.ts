import type { Kind } from '../../schema/conformance-adapter.ts';

/** What runtimes say, and of which kind it is; the first that fits counts. */
const kinds: readonly (readonly [kind: Kind, ...words: RegExp[]])[] = [
  ['exists', /already (exists|in use)|with that id|id already|same name as its current/i],
  [
    'not-found',
    /executable file not found|no such file or directory|not found in \$PATH/i,
    /does(n't| not) exist|not found|not known|is not defined/i,
    /no such (container|object|image|directory)|unable to find (user|group)|no matching entries/i,
  ],
  [
    'wrong-state',
    /No such process|is not in `created`|process not|container in state|state improper|stopped container/i,
    /not running|not (been )?(paused|started|stopped)|is (running|paused)|cannot .*(stopped|running|paused)/i,
  ],
  [
    'invalid',
    /invalid|valid \w+ are|unmarshal|(cannot|failed to) parse|must|should always set|no command/i,
    /can(no|')t be empty|unknown (capability|resource|signal)|wrong \w+ value/i,
    /is not (allowed|namespaced)|not allowed in host|requires a new \w+ namespace|not in a separate/i,
    /not a directory|too many (levels of symbolic )?links|was a symbolic link/i,
  ],
  ['denied', /permission denied|operation not permitted|read-only/i],
  ['unsupported', /not supported|unsupported|not implemented/i],
  ['resource', /no space|cannot allocate|memory|busy|timeout/i],
];

/**
 * By the words that runtimes have for it, where they have neither a code nor an exit code of its own. That something was
 * refused is known without them, and that nothing of it stayed: words only decide which kind it counts as. So they can
 * have a refusal for another reason count, or one in unknown words not count; they cannot have what was done count as
 * refused. What fits nothing is `internal`, which no case accepts.
 */
export function kindOfWords(message: string): Kind {
  const [kind = 'internal'] = kinds.find(([, ...words]) => words.some((one) => one.test(message))) ?? [];
  return kind;
}
