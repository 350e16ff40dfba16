import { ScError } from '../../errors/error.ts';
import { AWAIT_INIT } from './render/birth.ts';

/** The error for a step of the start that is lxc-start's; undefined for other steps. */
export function explainStep(
  label: string,
  errno: string,
  said: string,
  { program, patience }: { program: string; patience: number },
): ScError | undefined {
  if (label.startsWith('execute ') && label.endsWith(program)) {
    return new ScError('SC_HOST_UNFIT', `${label}: ${errno}`, {
      errno,
      hint: 'install lxc 5 or later, or use --backend native',
    });
  }
  if (label !== AWAIT_INIT || errno === 'ECANCELED') return undefined;
  if (errno === 'ETIMEDOUT') {
    return new ScError('SC_START_FAILED', `${label}: lxc-start has not made it in ${patience / 1000} s`, {
      errno,
      hint: 'look at the load of this machine, try lxc-start by itself, or use --backend native',
    });
  }
  return new ScError('SC_START_FAILED', `${label}: lxc-start has ended without one: ${reasonOf(said)}`, {
    hint: 'see that lxc is of version 5 or later, and starts containers by itself on this host, or use --backend native',
  });
}

/** `lxc-start: NAME: ../src/lxc/FILE.c: FUNCTION: LINE TEXT`: what went wrong first says most. */
function reasonOf(said: string): string {
  const lines = said.split('\n').filter((line) => line !== '');
  const [first] = lines.map((line) => line.replace(/^lxc-start: \S+: \S+: \w+: \d+ /, ''));
  return first ?? 'it has not said why';
}
