import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { Many } from '../../src/schema/operations/many.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const start = (name: string, script: string, ...flags: string[]) =>
  cli.sc('run', '-d', '--name', name, ...flags, './rootfs', 'sh', '-c', script);
const logOf = async (name: string) =>
  readFileSync(join(cli.root, 'containers', (await inspect(name)).id, 'log/data'), 'utf8');
const says = (name: string, text: string) =>
  eventually(async () => ((await logOf(name)) === text ? true : undefined));

test('what runs ends by its stop signal, and runs again with what it has written', async () => {
  const script = 'trap "echo bye; exit 0" TERM; echo x >> /count; cat /count; while :; do sleep 0.02; done';
  await start('web', script);
  await says('web', 'x\n');
  const before = await inspect('web');
  expect(await cli.sc('restart', 'web')).toMatchObject({ exitCode: 0, stdout: 'web\n', stderr: '' });
  await says('web', 'x\nbye\nx\nx\n');
  const now = await inspect('web');
  expect(now).toMatchObject({ id: before.id, status: 'running', detached: true });
  expect(now.keeper).not.toEqual(before.keeper);
  expect(now).not.toHaveProperty('stopRequestedAt');
});

test('what has stopped is started, and each is tried', async () => {
  await cli.sc('run', '--name', 'done', './rootfs', 'echo', 'again');
  const { exitCode, stdout } = await cli.sc('restart', '--json', 'done', 'neither');
  expect(exitCode).toBe(1);
  const answer: Many = JSON.parse(stdout);
  expect(answer.containers).toMatchObject([{ name: 'done' }]);
  expect(answer.failures).toMatchObject([{ reference: 'neither', error: { code: 'SC_NOT_FOUND' } }]);
  await says('done', 'again\n');
});

test('the signal and the time are those that are asked for', async () => {
  await start('web', 'trap "echo usr1; exit 0" USR1; echo up; while :; do sleep 0.02; done');
  await says('web', 'up\n');
  expect(await cli.sc('restart', '--signal', 'USR1', 'web')).toMatchObject({ exitCode: 0 });
  await says('web', 'up\nusr1\nup\n');
  // One that would wait for 10 s.
  await start('deaf', 'trap "" TERM; echo up; while :; do sleep 0.02; done');
  await says('deaf', 'up\n');
  expect(await cli.sc('restart', '-t', '0', 'deaf')).toMatchObject({ exitCode: 0, stdout: 'deaf\n' });
  await says('deaf', 'up\nup\n');
});

test('one that is to be deleted at its end is there after it', async () => {
  await start('temporary', 'echo up; sleep 1000', '--rm');
  const { id } = await inspect('temporary');
  expect(await cli.sc('restart', '-t', '0', 'temporary')).toMatchObject({ exitCode: 0 });
  expect(await inspect('temporary')).toMatchObject({ id, status: 'running' });
});

test('nobody meets a container in the middle: of several at once each ends and starts it', async () => {
  await start('web', 'echo up; sleep 1000');
  await says('web', 'up\n');
  const results = await Promise.all([1, 2, 3].map(() => cli.sc('restart', '-t', '0', 'web')));
  expect(results.map(({ stdout, stderr }) => stdout + stderr)).toEqual(['web\n', 'web\n', 'web\n']);
  await says('web', 'up\n'.repeat(4));
});

test('what belongs to another sc is refused, and runs on', async () => {
  const running = execa(
    cli.executable,
    ['run', '--rm', '--name', 'mine', './rootfs', 'sh', '-c', 'echo up; sleep 1000'],
    cli.options,
  );
  await once(running.stdout, 'data');
  expect(await cli.sc('restart', 'mine')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^sc: restart "mine": it is run by process \d+, and ends with it\n/),
  });
  expect(await inspect('mine')).toMatchObject({ status: 'running' });
  await cli.sc('stop', '-t', '0', 'mine');
  await running;
});
