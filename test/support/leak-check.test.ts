import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import { expectNoLeaks, snapshotHost } from './leak-check.ts';

test('a file, a mount and a control group that are left are named, and gone when they are removed', async () => {
  const before = snapshotHost();
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  await expect(expectNoLeaks(before, 0)).rejects.toThrow(`file ${directory}`);
  execFileSync('mount', ['-t', 'tmpfs', 'none', directory]);
  await expect(expectNoLeaks(before, 0)).rejects.toThrow(`mount of tmpfs on ${directory}`);
  execFileSync('umount', [directory]);
  rmdirSync(directory);

  for (const { path } of readHostCgroups().hierarchies) {
    const group = join(path, 'sc-test-leak', 'inner');
    mkdirSync(group, { recursive: true });
    await expect(expectNoLeaks(before, 0)).rejects.toThrow(`control group ${group}`);
    rmdirSync(group);
    rmdirSync(join(group, '..'));
  }
  await expectNoLeaks(before);
});

test('a process in another pid namespace is named, and is waited for', async () => {
  const before = snapshotHost();
  const child = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sh', '-c', 'echo; exec sleep 60']);
  await once(child.stdout, 'data');
  await expect(expectNoLeaks(before, 0)).rejects.toThrow('"sleep" (');
  const gone = expectNoLeaks(before);
  child.kill('SIGKILL');
  await gone;
});
