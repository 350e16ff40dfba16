import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectNoLeaks, snapshotHost } from './leak-check.ts';

/**
 * Around the run of all tests: they get a directory for temporary files of their own, and nothing that
 * they made may be left on the host.
 */
export default function setup(): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sc-tests-'));
  process.env.TMPDIR = directory;
  const before = snapshotHost();
  return async () => {
    try {
      await expectNoLeaks(before);
    } finally {
      // What is in it stays to be looked at: something may be mounted there.
      if (readdirSync(directory).length === 0) rmdirSync(directory);
    }
  };
}
