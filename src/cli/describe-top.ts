import { visible } from '../errors/visible.ts';
import type { ContainerProcess, TopResult } from '../schema/operations/top.ts';
import { table } from './table.ts';

/** As `ps -ef` has it, and what each is inside. */
export function describeTop({ processes }: TopResult, now: Date): string {
  return table([
    ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'INSIDE', 'CMD'],
    ...processes.map((process) => [
      visible(process.user ?? String(process.uid)),
      String(process.pid),
      String(process.parent),
      String(Math.floor(process.cpuPercent)),
      startTime(new Date(process.startedAt), now),
      process.terminal ?? '?',
      cpuTime(Math.floor(process.cpuTime / 1000)),
      String(process.pidInside ?? '?'),
      commandLine(process),
    ]),
  ]);
}

/** `14:05` of today, `May01` of this year, else the year; in the zone of who asks. */
function startTime(start: Date, now: Date): string {
  if (start.toDateString() === now.toDateString()) return clock(start.getHours(), start.getMinutes());
  if (start.getFullYear() !== now.getFullYear()) return String(start.getFullYear());
  const month = start.toLocaleString('en', { month: 'short' });
  return `${month}${String(start.getDate()).padStart(2, '0')}`;
}

/** `00:01:05`, and `2-03:04:05` from a day on. */
function cpuTime(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const time = clock(Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60);
  return days === 0 ? time : `${days}-${time}`;
}

function clock(...parts: number[]): string {
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** What a program calls itself is not to be trusted: nothing in it may move the cursor or begin a line. */
function commandLine({ command, name, state }: ContainerProcess): string {
  if (command.length > 0) return command.map(visible).join(' ');
  return `[${visible(name)}]${state === 'Z' ? ' <defunct>' : ''}`;
}
