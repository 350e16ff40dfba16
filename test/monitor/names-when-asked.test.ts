import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NamesWhenAsked } from '../../src/monitor/names-when-asked.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';

test('what serves names is loaded again by the next who asks, where it could not be loaded', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sc-names-'));
  const place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
  let tries = 0;
  const load = () => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error('EMFILE')) : import('../../src/monitor/names.ts');
  };
  const names = new NamesWhenAsked(place, () => undefined, load);
  try {
    await expect(names.serve(['left'])).rejects.toThrow('EMFILE');
    expect(names.isNeeded()).toBe(false);
    await expect(names.serve(['left'])).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });
  } finally {
    await names.close();
    rmSync(root, { recursive: true });
  }
});

test('nothing that could not be loaded is in the way of the end', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sc-names-'));
  const place = await openWorkplace({ root, backend: 'native', storageDriver: 'overlay' });
  const names = new NamesWhenAsked(
    place,
    () => undefined,
    () => Promise.reject(new Error('EMFILE')),
  );
  const asked = names.serve(['left']);
  await Promise.all([names.close(), expect(asked).rejects.toThrow('EMFILE')]);
  rmSync(root, { recursive: true });
});
