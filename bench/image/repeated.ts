import { execFileSync } from 'node:child_process';
import type { Party } from '../party.ts';

export interface Repeated {
  name: string;
  note?: string;
  once(): unknown;
  /** What is done between two times, and is in no figure. */
  between?(): unknown;
  end?(): unknown;
}

/** What takes so long that it can be measured from here. */
export function repeated({ name, note, once, between, end }: Repeated): Party {
  return {
    name,
    ...(note !== undefined && { note }),
    async measure(count) {
      const durations: number[] = [];
      for (let index = 0; index < count; index++) {
        await between?.();
        const from = performance.now();
        await once();
        durations.push(performance.now() - from);
      }
      return durations;
    },
    async end() {
      await between?.();
      await end?.();
    },
  };
}

/** A line for the shell, which fails where a part of it does. */
export function shell(line: string, environment: NodeJS.ProcessEnv = {}): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', line], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...environment },
  });
}
