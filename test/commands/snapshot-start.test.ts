import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';

const cli = makeCommandLine();
afterAll(() => cli.remove());

test('sc that was called by a relative path starts a monitor from the snapshot', async () => {
  const { exitCode, stderr } = await execa(
    './sc',
    ['run', '-d', '--name', 'web', join(cli.directory, 'rootfs'), 'sleep', '1000'],
    {
      ...cli.options,
      cwd: dirname(cli.executable),
      env: { ...cli.options.env, NODE_OPTIONS: undefined, DEBUG: undefined },
    },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await cli.sc('delete', '--force', 'web');
});
