import { expect, test } from 'vitest';
import { startByTool } from '../../../src/backend/tool/start.ts';
import { ScError } from '../../../src/errors/error.ts';
import { spec } from '../../support/containers.ts';

test('what fails in cleaning up stands beside what has failed first', async () => {
  const request = {
    container: spec(['true']),
    rootfs: { mounts: [] },
    identity: { uid: 0, gid: 0, groups: [], home: '/' },
    environment: [],
    etc: [],
    stdio: { stdin: 0, stdout: 1, stderr: 2 },
  };
  const first = new ScError('SC_START_FAILED', 'make it: no', { errno: 'EIO', hint: 'try again' });
  const started = startByTool(
    request,
    async () => {
      throw new Error('remove it: no');
    },
    () => {
      throw first;
    },
  );
  await expect(started).rejects.toMatchObject({
    code: 'SC_START_FAILED',
    message: 'make it: no',
    errno: 'EIO',
    hint: 'try again',
    undo: [expect.objectContaining({ message: 'remove it: no' })],
  });
});
