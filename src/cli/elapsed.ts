const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From how many seconds on time is told in which unit, and in words where it is about one. As docker has it. */
const units = [
  { from: 2 * 365 * DAY, unit: 365 * DAY, name: 'years' },
  { from: 60 * DAY, unit: 30 * DAY, name: 'months' },
  { from: 14 * DAY, unit: 7 * DAY, name: 'weeks' },
  { from: 2 * DAY, unit: DAY, name: 'days' },
  { from: 1.5 * HOUR, unit: HOUR, name: 'hours', isRounded: true },
  { from: HOUR, unit: HOUR, name: 'About an hour' },
  { from: 2 * MINUTE, unit: MINUTE, name: 'minutes' },
  { from: MINUTE, unit: MINUTE, name: 'About a minute' },
  { from: 2, unit: 1, name: 'seconds' },
  { from: 1, unit: 1, name: '1 second' },
] as const;

/** How long ago a time (RFC 3339) was: `3 minutes`, `About an hour`, `Less than a second`. */
export function elapsed(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  const found = units.find(({ from }) => seconds >= from);
  if (found === undefined) return 'Less than a second';
  if (/[ A-Z]/.test(found.name)) return found.name;
  const count = seconds / found.unit;
  return `${'isRounded' in found ? Math.round(count) : Math.floor(count)} ${found.name}`;
}
