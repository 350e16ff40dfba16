import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIsAlive } from '../../src/linux/process.ts';
import { pause } from '../../src/operations/pause.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

test.each([
  ['runs', () => Promise.resolve()],
  ['is paused', (id: string) => pause({ containers: [id] }, monitored.settings)],
])('a deadline is kept where the keeper does not come to it, of one that %s', async (_, prepare) => {
  const { id } = await monitored.run({ name: 'late', timeout: '1s', 'stop-timeout': '0' }, 'sleep', '1000');
  const { keeper, init } = await monitored.look(id);
  if (keeper === undefined || init === undefined) throw new Error('it does not run');
  process.kill(keeper.pid, 'SIGSTOP');
  try {
    await prepare(id);
    await eventually(() => (processIsAlive(init) ? undefined : true));
  } finally {
    process.kill(keeper.pid, 'SIGCONT');
  }
  expect((await monitored.ended('late')).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'deadline' });
});
