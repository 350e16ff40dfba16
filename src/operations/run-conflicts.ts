import { ScError } from '../errors/error.ts';

interface Flags {
  detach: boolean;
  rm: boolean;
  restart?: string | undefined;
  record?: string | undefined;
  'no-healthcheck'?: boolean | undefined;
}

/** Refuses flags of which one would make another do nothing. Throws SC_USAGE. */
export function refuseConflicts(flags: Flags): void {
  const { detach, rm, restart, record } = flags;
  const isRestarted = restart !== undefined && restart !== 'no';
  if (isRestarted && !detach)
    throw conflict('--restart', 'a container in the foreground ends with sc', 'give -d beside it');
  if (isRestarted && rm)
    throw conflict('--restart', 'with --rm nothing would be left to start again', 'leave out one of them');
  if (record !== undefined && detach)
    throw conflict('--record', 'what runs in the background is not watched', 'leave out -d');
  const check = Object.entries(flags).find(
    ([name, value]) => name.startsWith('health-') && value !== undefined,
  );
  if (check !== undefined) refuseCheck(`--${check[0]}`, flags);
}

function refuseCheck(flag: string, flags: Flags): void {
  if (flags['no-healthcheck'])
    throw conflict(flag, 'with --no-healthcheck nothing is checked', 'leave out one of them');
  if (!('health-cmd' in flags) || flags['health-cmd'] === undefined)
    throw conflict(flag, 'there is no command to check with', 'give --health-cmd beside it');
  if (!flags.detach)
    throw conflict(flag, 'a container in the foreground is not checked', 'give -d beside it');
}

function conflict(flag: string, why: string, hint: string): ScError {
  return new ScError('SC_USAGE', `${flag}: ${why}`, { hint });
}
