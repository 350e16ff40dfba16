import { otherCommand, withoutWords } from './fault.ts';
import type { Mutants } from './mutant.ts';

/** What callers get who are attached to a container, and what they give to it. */
export const attaching: Mutants = {
  'attach-without-input': {
    fault: 'what a caller writes who is attached does not reach the container',
    put: otherCommand('attach', (sound) => `exec ${sound} "$@" </dev/null`),
  },
  'attach-closes-stdin': {
    fault: 'the end of the input of a caller is always that of the container',
    put: otherCommand('attach', (sound) => `shift; exec ${sound} attach --close-stdin "$@"`),
  },
  'one-caller-at-once': {
    fault: 'of several callers that are attached one gets the output',
    put: otherCommand(
      'attach',
      (sound) => `mkdir attached 2>/dev/null || exec >/dev/null 2>&1; exec ${sound} "$@"`,
    ),
  },
  'callers-wait-for-one-another': {
    fault: 'who attaches waits until whoever has done so before has left',
    put: otherCommand('attach', (sound) => `exec flock attached ${sound} "$@"`),
  },
  'ignore-tail': {
    fault: 'who attaches gets all that was written before',
    put: otherCommand(
      'attach',
      (sound) => `${withoutWords('--tail=*')}; shift; exec ${sound} attach --tail=all "$@"`,
    ),
  },
  'output-repeats': {
    fault: 'what was written before is told twice to who attaches',
    put: otherCommand('attach', (sound) => `${sound} "$@" | sed -u p`),
  },
};
