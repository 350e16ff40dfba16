import { afterEach, beforeEach, expect, test } from 'vitest';
import { stop } from '../../src/operations/stop.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

test('a container that was made and never ran is as who stops it wants it', async () => {
  const { settings, caller } = monitored;
  const container = await monitored.run({ name: 'made' }, 'true');
  await monitored.ended('made');
  const { store } = await openWorkplace(settings);
  const { startedAt, finishedAt, exit, keeper, init, ...made } = await store.find(container.id);
  await store.update(container.id, () => ({ ...made, status: 'created' }), { durable: false });
  expect(await stop({ containers: ['made'] }, settings, caller)).toEqual({
    containers: [container],
    failures: [],
  });
  expect((await store.find(container.id)).status).toBe('created');
});
