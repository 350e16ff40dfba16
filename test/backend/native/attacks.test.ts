import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, LaunchRequest } from '../../../src/backend/backend.ts';
import { nativeBackend } from '../../../src/backend/native/native.ts';
import { makeWorkshop, spec, start } from '../../support/containers.ts';
import { expectNoLeaks, snapshotHost } from '../../support/leak-check.ts';

type Changes = Parameters<typeof spec>[1];

let workshop: ReturnType<typeof makeWorkshop>;
let backend: Backend;
let before: ReturnType<typeof snapshotHost>;

beforeEach(() => {
  before = snapshotHost();
  workshop = makeWorkshop();
  backend = nativeBackend({ root: join(workshop.directory, 'sc'), cgroupParent: '/sc-test' });
});

afterEach(async () => {
  workshop.remove();
  await expectNoLeaks(before);
});

const launch = (args: string[], changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
  start(backend, workshop, spec(args, changes), request);
const run = async (args: string[], changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
  (await launch(args, changes, request)).outcome();
const sh = (script: string, changes: Changes = {}, request: Partial<LaunchRequest> = {}) =>
  run(['sh', '-c', script], changes, request);

describe('a working directory below a cover', () => {
  // Writes back what is there.
  const write = 'cat panic >panic && echo written';

  test.each(['/proc/sys/kernel', '/link'])('"%s" is as read-only as the cover', async (cwd) => {
    symlinkSync('/proc/sys/kernel', join(workshop.rootfs, 'link'));
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
