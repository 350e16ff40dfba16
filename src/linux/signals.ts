import { ScError } from '../errors/error.ts';
import { didYouMean } from '../errors/near-misses.ts';

/** Signals 1 to 31 in order; the same numbers on x86-64 and arm64 (signal(7)). */
const standard = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP ' +
  'TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');

const aliases = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' };

/** What glibc calls SIGRTMIN: it keeps the kernel's first two real-time signals, 32 and 33, for its threads. */
const firstRealTime = 34;
const lastRealTime = 64;

const numbers = new Map<string, number>(standard.map((name, index) => [name, index + 1]));
for (const [alias, name] of Object.entries(aliases)) numbers.set(alias, numbers.get(name) ?? 0);
numbers.set('RTMIN', firstRealTime);
numbers.set('RTMAX', lastRealTime);

/**
 * The number of a signal written as `TERM`, `SIGTERM`, `15`, `SIGRTMIN+3` or `RTMAX-1`, in any case.
 * Throws SC_USAGE for anything else, with the near misses.
 */
export function parseSignal(text: string | number): number {
  const name = String(text).toUpperCase().replace(/^SIG/, '');
  const number = numbers.get(name) ?? parseNumber(name) ?? parseRealTime(name);
  if (number !== undefined) return number;
  const known = [...numbers.keys()].map((known) => `SIG${known}`);
  const found = /^\d*$/.test(name) ? '' : didYouMean(`SIG${name}`, known);
  throw new ScError('SC_USAGE', `unknown signal "${text}"${found}`, {
    hint: `a name such as SIGTERM or TERM, SIGRTMIN+n, SIGRTMAX-n, or a number from 1 to ${lastRealTime}`,
  });
}

/** `SIGTERM` for 15, `SIGRTMIN+3` for 37, `SIGRTMAX-1` for 63, and the number itself where it has no name. */
export function signalName(number: number): string {
  const name = standard[number - 1];
  if (name !== undefined) return `SIG${name}`;
  if (number < firstRealTime || number > lastRealTime) return String(number);
  const above = number - firstRealTime;
  const below = lastRealTime - number;
  // The nearer end, as bash's kill -l has it.
  if (above <= below) return above === 0 ? 'SIGRTMIN' : `SIGRTMIN+${above}`;
  return below === 0 ? 'SIGRTMAX' : `SIGRTMAX-${below}`;
}

function parseNumber(text: string): number | undefined {
  const number = /^[1-9]\d?$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= lastRealTime ? number : undefined;
}

function parseRealTime(name: string): number | undefined {
  const [, base, distance] = /^(RTMIN\+|RTMAX-)(\d{1,2})$/.exec(name) ?? [];
  if (base === undefined) return undefined;
  const number = base === 'RTMIN+' ? firstRealTime + Number(distance) : lastRealTime - Number(distance);
  return number >= firstRealTime && number <= lastRealTime ? number : undefined;
}
