import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { TopResult } from '../../src/schema/operations/top.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const top = async (name: string) => (await cli.json<TopResult>('top', '--json', name)).processes;

test('tells of the processes of a container by their numbers outside and inside', async () => {
  const script = 'sleep 1000 & exec sleep 2000';
  await cli.sc('run', '-d', '--name', 'two', '-u', '1000', './rootfs', 'sh', '-c', script);
  const [first, second, ...others] = await eventually(async () => {
    const processes = await top('two');
    return processes.every(({ name }) => name === 'sleep') && processes.length === 2 ? processes : undefined;
  });
  const { init, keeper } = await cli.json<ContainerState>('inspect', 'two');
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    pid: init?.pid,
    pidInside: 1,
    parent: keeper?.pid,
    uidInside: 1000,
    state: 'S',
    command: ['sleep', '2000'],
  });
  expect(second).toMatchObject({ pidInside: 2, parent: init?.pid, command: ['sleep', '1000'] });
  expect(first?.uid).not.toBe(1000);
  expect((await cli.sc('top', 'two')).stdout.split('\n')).toEqual([
    expect.stringMatching(/^UID +PID +PPID +C +STIME +TTY +TIME +INSIDE +CMD$/),
    expect.stringMatching(new RegExp(`^${first?.uid} +${init?.pid} .* 00:00:00 +1 +sleep 2000$`)),
    expect.stringMatching(new RegExp(`^${first?.uid} +\\d+ +${init?.pid} .* 00:00:00 +2 +sleep 1000$`)),
    '',
  ]);
});

test('shows the terminal of a container, and what is paused', async () => {
  await cli.sc('run', '-d', '-t', '--name', 'still', './rootfs', 'sleep', '1000');
  await cli.sc('pause', 'still');
  expect(await top('still')).toEqual([expect.objectContaining({ terminal: 'pts/0', name: 'sleep' })]);
});

test('a name that would draw on the terminal is shown as what it is', async () => {
  const script = 'exec -a "$(printf "\\033[2Jevil\\nroot 1")" sleep 1000';
  await cli.sc('run', '-d', '--name', 'hostile', 'host', 'bash', '-c', script);
  await eventually(async () => ((await top('hostile'))[0]?.name === 'sleep' ? true : undefined));
  const { stdout } = await cli.sc('top', 'hostile');
  expect(stdout).toMatch(/ 1 +\\u001b\[2Jevil\\nroot 1 1000\n$/);
});

test('one that comes and goes while one looks is there or not', async () => {
  const script = 'while :; do for i in 1 2 3 4 5 6 7 8; do true & done; wait; done';
  await cli.sc('run', '-d', '--name', 'busy', 'host', 'bash', '-c', script);
  const looks = await Promise.all(Array.from({ length: 8 }, () => top('busy')));
  for (const processes of looks)
    expect(processes.find(({ pidInside }) => pidInside === 1)?.name).toBe('bash');
});

test('a container that does not run has none, and one word is all that it takes', async () => {
  await cli.sc('run', '--name', 'ended', './rootfs', 'true');
  expect(await cli.sc('top', 'ended')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'sc: list the processes of "ended": it is stopped, and must be running\n',
  });
  expect(await cli.sc('top', 'ended', '-ef')).toMatchObject({ exitCode: 2, stdout: '' });
  expect((await cli.sc('top', 'nobody')).stderr).toContain('no container "nobody"');
});
