import { ScError } from '../errors/error.ts';

interface Flags {
  interactive: boolean;
  tty: boolean;
  detach: boolean;
  rm: boolean;
  restart?: string | undefined;
  record?: string | undefined;
  'no-healthcheck'?: boolean | undefined;
  'log-driver'?: string | undefined;
  'log-opt'?: string[] | undefined;
  'detach-keys'?: string | undefined;
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
  refuseDetachKeys(flags);
  refuseLogging(flags);
}

function refuseCheck(flag: string, flags: Flags): void {
  if (flags['no-healthcheck'])
    throw conflict(flag, 'with --no-healthcheck nothing is checked', 'leave out one of them');
  if (!flags.detach)
    throw conflict(flag, 'a container in the foreground is not checked', 'give -d beside it');
}

function refuseDetachKeys({ interactive, tty, detach, record, 'detach-keys': keys }: Flags): void {
  if (keys === undefined) return;
  if (!interactive || !tty)
    throw conflict(
      '--detach-keys',
      'keys are typed at a terminal',
      `give ${detach ? '-it' : '-it, or -d -it,'} beside it`,
    );
  if (record !== undefined && keys !== '')
    throw conflict('--detach-keys', 'what is recorded cannot be left', 'leave out one of them');
}

/** The driver `none` is what happens anyway in the foreground. */
function refuseLogging(flags: Flags): void {
  const { detach, 'log-driver': driver, 'log-opt': options = [] } = flags;
  const [option] = options;
  const flag = option !== undefined ? '--log-opt' : driver === 'file' ? '--log-driver' : undefined;
  if (flag === undefined) return;
  if (!detach && !isLeavable(flags))
    throw conflict(
      flag,
      'what a container in the foreground writes is not kept',
      'give -d beside it, or -it and leave it by its detach keys',
    );
  if (driver === 'none' && options.some((text) => /^max-(size|file)=/.test(text)))
    throw conflict(flag, 'with --log-driver none nothing is kept', 'leave out one of them');
}

/** Whether its caller can leave it, so that it runs on in the background. */
function isLeavable({ interactive, tty, record, 'detach-keys': keys }: Flags): boolean {
  return interactive && tty && record === undefined && keys !== '';
}

function conflict(flag: string, why: string, hint: string): ScError {
  return new ScError('SC_USAGE', `${flag}: ${why}`, { hint });
}
