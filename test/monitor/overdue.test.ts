import { afterEach, beforeEach, expect, test } from 'vitest';
import { processIsAlive } from '../../src/linux/process.ts';
import { deleteContainers } from '../../src/operations/delete.ts';
import { pause } from '../../src/operations/pause.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

/** One whose keeper stands still before its deadline: that is moved off where the machine is busy. */
async function startLate(name: string, seconds = 1) {
  const { id } = await monitored.run({ name, timeout: `${seconds}s`, 'stop-timeout': '0' }, 'sleep', '1000');
  const { keeper, init } = await monitored.look(id);
  if (keeper !== undefined && init !== undefined) {
    process.kill(keeper.pid, 'SIGSTOP');
    if (processIsAlive(init)) return { id, keeper, init };
    process.kill(keeper.pid, 'SIGCONT');
  }
  await monitored.ended(id);
  await deleteContainers({ containers: [id] }, monitored.settings);
  return startLate(name, seconds * 2);
}

test('a deadline is kept where the keeper does not come to it, of one that runs and one that is paused', async () => {
  const both = [await startLate('runs'), await startLate('still')];
  try {
    await pause({ containers: ['still'] }, monitored.settings);
    for (const { init } of both) await eventually(() => (processIsAlive(init) ? undefined : true));
  } finally {
    for (const { keeper } of both) process.kill(keeper.pid, 'SIGCONT');
  }
  for (const { id } of both)
    expect((await monitored.ended(id)).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'deadline' });
});
