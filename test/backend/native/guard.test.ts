import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

describe('a guard', () => {
  let directory: string;
  let before: ReturnType<typeof snapshotHost>;

  beforeEach(() => {
    before = snapshotHost();
    directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  });

  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await expectNoLeaks(before);
  });

  const guarded = (ending: string) => {
    const command = `{ grep Sig /proc/self/status; ls /proc/self/fd; } >${directory}/done`;
    return spawn(process.execPath, [join(import.meta.dirname, 'guarded.ts'), ending, command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  };

  test('executes its program when the caller is killed, with nothing of the caller in it', async () => {
    const caller = guarded('wait');
    await once(caller.stdout, 'data');
    expect(existsSync(join(directory, 'done'))).toBe(false);
    caller.kill('SIGKILL');
    await vi.waitFor(() => expect(readFileSync(join(directory, 'done'), 'utf8')).toMatch(/\n2\n/), 30_000);
    const text = readFileSync(join(directory, 'done'), 'utf8');
    expect(text).toMatch(/SigBlk:\t0+\nSigIgn:\t0+\n/);
    // The last one is the directory that ls reads.
    expect(text.match(/^\d+$/gm)).toEqual(['0', '1', '2', '3']);
  });

  test('does nothing when it is released', async () => {
    const caller = guarded('release');
    expect(await once(caller, 'exit')).toEqual([0, null]);
    await sleep(50);
    expect(existsSync(join(directory, 'done'))).toBe(false);
  });
});
