import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const inspect = (name: string) => cli.json<ContainerState>('inspect', '--json', name);

test('a container that runs goes on under its new name, and the old one is free', async () => {
  const script = 'hostname; trap "exit 6" TERM; while :; do sleep 0.02; done';
  await cli.sc('run', '-d', '--name', 'old', '--hostname', 'inside', './rootfs', 'sh', '-c', script);
  const { id } = await inspect('old');
  expect(await cli.sc('rename', 'old', 'new')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  expect(await inspect('new')).toMatchObject({ id, name: 'new', spec: { name: 'new' }, status: 'running' });
  expect((await cli.sc('inspect', 'old')).stderr).toContain('no container "old"');
  expect(await cli.sc('run', '--rm', '--name', 'old', './rootfs', 'true')).toMatchObject({ exitCode: 0 });
  await cli.sc('stop', 'new');
  expect((await inspect('new')).exit).toMatchObject({ code: 6 });
  await cli.sc('start', 'new');
  expect(await cli.sc('logs', '--tail', '1', 'new')).toMatchObject({ stdout: 'inside\n' });
});

test('one in the foreground ends under its new name', async () => {
  const running = cli.sc('run', '--name', 'before', './rootfs', 'sleep', '1000');
  await eventually(async () => ((await inspect('before')).status === 'running' ? true : undefined));
  expect(await cli.json('rename', '--json', 'before', 'after')).toMatchObject({ name: 'after' });
  await cli.sc('kill', 'after');
  await running;
  expect(await inspect('after')).toMatchObject({ name: 'after', status: 'stopped' });
});

test('a name that is taken is refused with its holder, and so is what is no name', async () => {
  await cli.sc('run', '--name', 'one', './rootfs', 'true');
  await cli.sc('run', '--name', 'two', './rootfs', 'true');
  const { id } = await inspect('two');
  const taken = `rename container "one" to "two": the name is taken by container "${id.slice(0, 12)}"`;
  for (const [args, code, message] of [
    [['one', 'two'], 1, taken],
    [['one', 'one'], 1, 'rename container "one" to "one": it has this name'],
    [['one', '../two'], 2, 'name a container "../two": it is no name'],
    [['nobody', 'three'], 1, 'no container "nobody"'],
    [['one'], 2, 'there is no NAME'],
  ] as const) {
    const { exitCode, stderr } = await cli.sc('rename', ...args);
    expect({ args, exitCode }).toEqual({ args, exitCode: code });
    expect(stderr).toContain(message);
  }
  expect((await inspect('one')).name).toBe('one');
});
