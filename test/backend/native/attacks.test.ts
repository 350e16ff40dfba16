import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useBackend } from './harness.ts';

const native = useBackend();
const { sh } = native;

describe('a working directory below a cover', () => {
  // Writes back what is there.
  const write = 'cat panic >panic && echo written';

  test.each(['/proc/sys/kernel', '/link'])('"%s" is as read-only as the cover', async (cwd) => {
    symlinkSync('/proc/sys/kernel', join(native.workshop.rootfs, 'link'));
    const { stdout, stderr } = await sh(write, { process: { cwd } });
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: expect.stringContaining('Read-only file system'),
    });
  });

  test('could be written to if there were no cover', async () => {
    const changes = { process: { cwd: '/proc/sys/kernel' }, security: { readOnlyPaths: [] } };
    expect((await sh(write, changes)).stdout).toBe('written\n');
  });

  test('is empty where it is masked', async () => {
    expect((await sh('ls', { process: { cwd: '/sys/firmware' } })).stdout).toBe('');
  });
});
