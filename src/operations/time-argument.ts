import { parseDuration } from '../document/units.ts';
import { ScError } from '../errors/error.ts';

const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;

/**
 * Nanoseconds since 1970 of a time as it is asked for: RFC 3339 with its zone, seconds since 1970, or a duration
 * before `now`, which is in milliseconds. Throws SC_USAGE, with what the time was to be used for.
 */
export function parseTimeArgument(text: string, now: number, purpose: string): bigint {
  const time = fromRfc3339(text) ?? fromSeconds(text) ?? fromDuration(text, now);
  if (time !== undefined) return time;
  const isWithoutZone = /^\d{4}-\d\d-\d\d/.test(text) && !/[zZ]$|[+-]\d\d:\d\d$/.test(text.slice(10));
  throw new ScError(
    'SC_USAGE',
    `${purpose} "${text}": ${isWithoutZone ? 'it has no zone' : 'it is no time'}`,
    {
      hint: 'a duration before now such as 10m, a time with its zone such as 2024-05-01T12:00:00Z, or seconds since 1970',
    },
  );
}

function fromRfc3339(text: string): bigint | undefined {
  const form = /^(\d{4}-\d\d-(\d\d))[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
  const [, date, day, time, fraction = '', zone = ''] = form.exec(text) ?? [];
  if (date === undefined) return undefined;
  const milliseconds = Date.parse(`${date}T${time}${zone.toUpperCase()}`);
  // The 31st of a shorter month would be a day of the next.
  const isDay = new Date(`${date}T00:00:00Z`).getUTCDate() === Number(day);
  return Number.isNaN(milliseconds) || !isDay
    ? undefined
    : BigInt(milliseconds) * MILLISECOND + nanoseconds(fraction);
}

function fromSeconds(text: string): bigint | undefined {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(whole) * SECOND + nanoseconds(fraction);
}

function fromDuration(text: string, now: number): bigint | undefined {
  try {
    return BigInt(now - parseDuration(text)) * MILLISECOND;
  } catch (error) {
    if (error instanceof ScError) return undefined;
    throw error;
  }
}

function nanoseconds(fraction: string): bigint {
  return BigInt(fraction.padEnd(9, '0'));
}
