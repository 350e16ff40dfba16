import type { AdapterError } from '../../schema/conformance-adapter.ts';

/** By the words that runtimes have for it, since they have no codes. */
export function kindOfWords(message: string): AdapterError['kind'] {
  if (/already (exists|in use)|with that id|id already/i.test(message)) return 'exists';
  if (/executable file not found|no such file or directory|not found in \$PATH/i.test(message))
    return 'not-found';
  if (/does(n't| not) exist|not found|is not defined|no such (container|object)/i.test(message))
    return 'not-found';
  if (
    /No such process|is not in `created`|not running|not (been )?(paused|started|stopped)|is (running|paused)|cannot .*(stopped|running|paused)|process not|container in state|stopped container/i.test(
      message,
    )
  )
    return 'wrong-state';
  if (/invalid|unmarshal|cannot parse|must/i.test(message)) return 'invalid';
  if (/permission denied|operation not permitted|read-only/i.test(message)) return 'denied';
  if (/not supported|unsupported|not implemented/i.test(message)) return 'unsupported';
  return /no space|cannot allocate|memory|busy|timeout/i.test(message) ? 'resource' : 'internal';
}
