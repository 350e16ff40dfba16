import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { checkSettings } from '../../src/operations/settings.ts';

describe('where the working directory has been removed', () => {
  const program = `
    import { mkdtempSync, rmdirSync } from 'node:fs';
    import { processCaller } from '${join(import.meta.dirname, '../../src/library/process-caller.ts')}';
    import { absolutePath } from '${join(import.meta.dirname, '../../src/operations/caller.ts')}';
    const caller = processCaller();
    const directory = mkdtempSync('/tmp/sc-gone-');
    process.chdir(directory);
    rmdirSync(directory);
    console.log(absolutePath('/a/../b', caller));
    try { absolutePath('b', caller) } catch (error) { console.log(error.message) }
  `;

  test('only a relative path cannot be found', async () => {
    const argv = ['--input-type=module-typescript', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, argv);
    expect(stdout).toBe('/b\nfind the working directory: it has been removed\n');
  });
});

test('an unknown backend is an error of usage, before anything is opened', () => {
  const settings = { root: '/nowhere', storageDriver: 'overlay' };
  expect(() => checkSettings({ ...settings, backend: 'native' })).not.toThrow();
  expect(() => checkSettings({ ...settings, backend: 'natve' })).toThrow(
    'unknown backend "natve"; did you mean native',
  );
  expect(() => checkSettings({ ...settings, backend: 'toString' })).toThrow('unknown backend "toString"');
});
