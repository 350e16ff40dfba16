import { string } from '@oclif/core/flags';
import { ScError } from '../errors/error.ts';
import { parseSignal } from '../linux/signals.ts';

/** Flags of what ends containers, named as docker names them. */
export const stopFlags = {
  signal: string({ char: 's', description: 'Signal that asks them to end.', helpValue: 'SIGNAL' }),
  time: string({
    char: 't',
    aliases: ['timeout'],
    description: 'Seconds until SIGKILL; 0 is at once, -1 never.',
    helpValue: 'SECONDS',
  }),
};

/** What they say, in the form of the operation's request. */
export function stopTimes(flags: { signal?: string | undefined; time?: string | undefined }): {
  signal?: number;
  timeout?: number;
} {
  return {
    ...(flags.signal !== undefined && { signal: parseSignal(flags.signal) }),
    ...(flags.time !== undefined && { timeout: milliseconds(flags.time) }),
  };
}

function milliseconds(text: string): number {
  const seconds = /^(-1|\d{1,9}(\.\d{1,3})?)$/.test(text) ? Number(text) : undefined;
  if (seconds === undefined)
    throw new ScError('SC_USAGE', `--time: found "${text}"`, { hint: 'seconds, such as 30; -1 is for ever' });
  return seconds < 0 ? -1 : Math.round(seconds * 1000);
}
