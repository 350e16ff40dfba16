import { openSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../../src/library/index.ts';

const nobody = openSync('/dev/null', 'r+');
const caller = library.processCaller({
  ...{ stdin: nobody, stdout: nobody, stderr: nobody },
  ...{ workingDirectory: '/', environment: {} },
});
const settings = library.defaultSettings({ root: '/nowhere' });

type Operation = (request: never, settings: library.Settings, caller: library.Caller) => Promise<unknown>;

const ofMany: [string, Operation][] = [
  ['stop', library.stop],
  ['kill', library.kill],
  ['start', library.start],
  ['restart', library.restart],
  ['pause', library.pause],
  ['resume', library.resume],
  ['wait', library.wait],
  ['update', library.update],
  ['delete', library.deleteContainers],
];

const ofOne: [string, Operation][] = [
  ['inspect', library.inspect],
  ['top', library.top],
  ['port', library.port],
  ['rename', library.rename],
];

test.each(ofMany)('%s refuses a request that names no container', async (operation, perform) => {
  await expect(perform({ containers: [] } as never, settings, caller)).rejects.toMatchObject({
    code: 'SC_USAGE',
    message: `${operation}: the request is none: "containers" must NOT have fewer than 1 items`,
  });
});

test.each([...ofMany, ...ofOne, ['list', library.list] as const])(
  '%s refuses a member that the schema does not name',
  async (operation, perform) => {
    const request = { containers: ['a'], container: 'a', name: 'ab', unknown: 1 };
    await expect(perform(request as never, settings, caller)).rejects.toMatchObject({
      code: 'SC_USAGE',
      message: expect.stringMatching(
        `^${operation}: the request is none: must NOT have additional properties: "`,
      ),
      hint: `schema/operations/${operation}.schema.json says what it may have`,
    });
  },
);

test('stats refuses them with its first answer', async () => {
  const usage = library.stats({ containers: [] }, settings);
  await expect(usage.next()).rejects.toMatchObject({ code: 'SC_USAGE' });
});

test('what is of the form of its schema is done, and to delete nothing in particular is to delete all', async () => {
  await using root = await mkdtempDisposable(join(tmpdir(), 'sc-requests-'));
  const here = library.defaultSettings({ root: root.path });
  const { failures } = await library.stop({ containers: ['nobody'], timeout: 0 }, here, caller);
  expect(failures).toMatchObject([{ error: { code: 'SC_NOT_FOUND' } }]);
  expect(await library.deleteContainers({}, here)).toEqual({ containers: [], failures: [] });
});
