import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LARGEST_LOG } from '../../src/protocol/monitor-log.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(async () => {
  monitored = makeMonitored();
  await monitored.run({ name: 'box' }, 'true');
});
afterEach(() => monitored.remove());

const path = (name: string) => join(monitored.root, 'monitor', name);
const read = (name: string) => readFileSync(path(name), 'utf8');
const fill = (character: string) => appendFileSync(path('log'), character.repeat(LARGEST_LOG));

/** Each is told of: of a container that cannot be started again. */
async function complain(name: string): Promise<void> {
  await monitored.run({ name, restart: 'on-failure:1' }, 'sh', '-c', 'rm /bin/sh; exit 1');
  await eventually(async () => ((await monitored.look(name)).restarts?.total === 1 ? true : undefined));
}

describe('the log of a monitor', () => {
  test('is begun anew when it is large, and an older one is kept', async () => {
    await complain('first');
    expect(read('log')).toMatch(/^\S+Z start "first" again: execute "sh": ENOENT/);
    expect(existsSync(path('log.1'))).toBe(false);
    fill('x');
    await complain('second');
    expect(read('log.1')).toMatch(/^\S+Z start "first" again: .*\nx+$/);
    expect(read('log')).toMatch(/^\S+Z start "second" again: .*\n$/);
    expect(statSync(path('log')).mode & 0o777).toBe(0o600);
    fill('y');
    await complain('third');
    expect(read('log.1')).toMatch(/^\S+Z start "second" again: .*\ny+$/);
    expect(read('log')).toMatch(/^\S+Z start "third" again: .*\n$/);
  });

  test('is begun anew by the next one too, which may say nothing', async () => {
    fill('x');
    await monitored.dismiss();
    await monitored.run({ name: 'next' }, 'true');
    expect([read('log'), read('log.1')]).toEqual(['', 'x'.repeat(LARGEST_LOG)]);
  });

  test('that is removed is no obstacle', async () => {
    fill('x');
    rmSync(path('log'));
    await complain('first');
    expect(read('log')).toMatch(/^\S+Z start "first" again: /);
  });
});
