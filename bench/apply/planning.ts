import { execFileSync } from 'node:child_process';
import type { Figures } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { type Fleet, launcher } from './fleet.ts';

const SIZES = [1, 100, 300, 1000];

/** What sc plan answers where there is something to be done. */
const CHANGES = 3;

const clocks = ['real', 'user', 'system'] as const;

/** How long a file takes to be planned of which nothing is there, by the number of its documents. */
export function planning(fleet: Fleet, samples: number, progress: (words: string) => void): Figures {
  const measured = SIZES.flatMap((size) => {
    progress(`a plan of ${size} documents`);
    const file = fleet.fileOf(size);
    return ([[], ['--json']] as const).map((flags) => {
      const times = Array.from({ length: samples }, () => timesOf(fleet, [launcher, 'plan', ...flags, file]));
      const name = [size, ...flags].join(' ');
      return [name, ...clocks.map((_, column) => words(median(times.map((time) => time[column] ?? 0))))];
    });
  });
  return {
    title: 'planning a file of containers that are not there yet',
    head: ['documents', ...clocks],
    rows: measured,
    notes: [`medians of ${samples} plans each`],
  };
}

/** Milliseconds by each clock, as bash has them of its children. */
function timesOf({ environment }: Fleet, words: readonly string[]): number[] {
  const script = `TIMEFORMAT='%3R %3U %3S'; time "$@" > /dev/null 2>&1; test $? = ${CHANGES}`;
  const text = execFileSync('bash', ['-c', `exec 2>&1; ${script}`, 'bash', ...words], {
    env: { ...environment, LC_ALL: 'C' },
    encoding: 'utf8',
  });
  return text
    .trim()
    .split(' ')
    .map((seconds) => Number(seconds) * 1000);
}

function words(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}
