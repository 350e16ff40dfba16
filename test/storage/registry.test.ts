import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStorage } from '../../src/storage/registry.ts';

test('opens a driver by its name, and makes nothing yet', () => {
  const directory = join(tmpdir(), 'sc-nowhere');
  expect(openStorage('overlay', directory).name).toBe('overlay');
  expect(existsSync(directory)).toBe(false);
});

test.each(['overly', 'constructor', ''])('refuses the unknown name "%s" and lists the known ones', (name) => {
  expect(() => openStorage(name, '/nowhere')).toThrow(
    expect.objectContaining({ code: 'SC_USAGE', hint: 'known storage drivers: overlay' }),
  );
});
