import { ScError } from '../errors/error.ts';

interface Flags {
  detach: boolean;
  rm: boolean;
  restart?: string | undefined;
  record?: string | undefined;
}

/** Refuses flags of which one would make another do nothing. Throws SC_USAGE. */
export function refuseConflicts({ detach, rm, restart, record }: Flags): void {
  const isRestarted = restart !== undefined && restart !== 'no';
  if (isRestarted && !detach)
    throw conflict('--restart', 'a container in the foreground ends with sc', 'give -d beside it');
  if (isRestarted && rm)
    throw conflict('--restart', 'with --rm nothing would be left to start again', 'leave out one of them');
  if (record !== undefined && detach)
    throw conflict('--record', 'what runs in the background is not watched', 'leave out -d');
}

function conflict(flag: string, why: string, hint: string): ScError {
  return new ScError('SC_USAGE', `${flag}: ${why}`, { hint });
}
