import { expect, test } from 'vitest';
import { type Candidates, candidates, completionLines } from '../../../src/cli/completion/candidates.ts';
import { readManifest } from '../../../src/cli/completion/manifest.ts';
import type { Wanted } from '../../../src/cli/completion/wanted.ts';

const manifest = readManifest();
const asked: Wanted[] = [];

/** What `sc LINE` can become, where the names that there are tell what was asked for. */
async function complete(line: string): Promise<Candidates> {
  asked.length = 0;
  return candidates(line.split(' '), manifest, async (wanted) => {
    asked.push(wanted);
    return [wanted.kind, `${wanted.kind}-2`];
  });
}
const values = async (line: string) => (await complete(line)).candidates.map(({ value }) => value);

test('a first word is a command or a topic, with what it does, and none that is hidden', async () => {
  const { candidates: all, files } = await complete('');
  const names = all.map(({ value }) => value);
  expect(names).toEqual(expect.arrayContaining(['apply', 'explain', 'image', 'volume']));
  expect(names.filter((name) => ['complete', 'monitor', 'recover'].includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  expect(files).toBe(false);
  expect(await complete('expl')).toEqual({
    candidates: [{ value: 'explain', description: 'Say what a field of a container file means.' }],
    files: false,
  });
});

test('behind a topic stands a command of it', async () => {
  expect(await values('image lo')).toEqual(['load']);
  expect(await values('volume s')).toEqual(['snapshot']);
  expect(await values('nosuch x')).toEqual([]);
});

test('flags are those of the command, each once but for those that may come again', async () => {
  expect(await values('plan --sy')).toEqual(['--syscalls']);
  expect(await values('plan --syscalls --sy')).toEqual([]);
  expect(await values('plan --set a=b --se')).toEqual(['--set']);
  expect(await values('--js')).toEqual(['--json']);
  expect(await values('wait --h')).toEqual(['--help']);
});

test.each([
  ['logs --stream ', ['stdout', 'stderr']],
  ['commit --compress z', ['zstd']],
  ['--backend ', ['backends', 'backends-2']],
  ['ps --storage-driver ', ['drivers', 'drivers-2']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['explain ', ['paths', 'paths-2']],
  ['image inspect ', ['images', 'images-2']],
  ['image remove a b ', ['images', 'images-2']],
  ['volume remove ', ['volumes', 'volumes-2']],
  ['--root /x run -it --name y ', ['images', 'images-2']],
  ['run -e ', []],
  ['rename a ', []],
])('behind "sc %s" stands one of %j', async (line, expected) => {
  expect(await values(line)).toEqual(expected);
});

test.each([
  ['stop ', { kind: 'containers', running: true }],
  ['delete a ', { kind: 'containers', running: false }],
  ['exec -it ', { kind: 'containers', running: true }],
  ['cp ', { kind: 'places', running: false }],
])('"sc %s" asks for %j', async (line, wanted) => {
  await complete(line);
  expect(asked).toEqual([wanted]);
});

test.each([
  ['apply ', true],
  ['image load --input ', true],
  ['copy x ', true],
  ['run host ', true],
  ['exec web ', false],
  ['ps ', false],
])('files are offered behind "sc %s": %j', async (line, files) => {
  expect((await complete(line)).files).toBe(files);
});

test('what stands behind the image is a program’s, its flags too', async () => {
  expect(await complete('run host ls --')).toEqual({ candidates: [], files: true });
});

test('a line cannot be broken by what is in it', () => {
  const lines = completionLines({ candidates: [{ value: 'a\nb', description: 'c\td' }], files: true });
  expect(lines).toBe('a\\nb\tc\\td\n:files\n');
});
