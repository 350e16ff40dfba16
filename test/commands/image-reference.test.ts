import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ImageListResult } from '../../src/schema/operations/image-list.ts';
import { makeCommandLine } from '../support/command-line.ts';
import { everythingIn } from '../support/images.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-cf', at('rootfs.tar'), '.']);
  const making = (...args: string[]) => cli.sc('--root', at('making'), 'image', ...args);
  for (const [word, name] of [
    ['one', 'web:1.0'],
    ['two', 'web:2.0'],
  ] as const)
    await making('import', '-c', `CMD ["echo", "${word}"]`, 'rootfs.tar', name);
  await making('save', '-o', 'layout/', 'web:1.0', 'web:2.0');
  // As skopeo writes them: the tag alone, which would be no name.
  await execa('sh', ['-c', 'cp -r layout tagged && sed -i s/web:1.0/V1.0/ tagged/index.json'], {
    cwd: cli.directory,
  });
  await making('save', '-o', 'web.tar', 'web:2.0');
  await making('save', '-o', 'both.tar', 'web:1.0', 'web:2.0');
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
  await cli.sc('image', 'prune', '--all');
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const images = async () => (await cli.json<ImageListResult>('image', 'list', '--json')).images;
const job = (image: string) =>
  cli.write(
    'job.yaml',
    `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: web }\nimage: ${image}\n`,
  );

test.each([
  ['oci:./layout:1.0', 'one\n'],
  ['oci:./layout:web:2.0', 'two\n'],
  ['oci:./tagged:V1.0', 'one\n'],
  ['archive:./web.tar', 'two\n'],
])('%s is run and applied, and kept as long as a container stands on it', async (reference, output) => {
  expect(await cli.sc('run', '--rm', reference)).toMatchObject({ stdout: output, exitCode: 0 });
  expect(await cli.sc('apply', job(reference))).toMatchObject({ stdout: output, exitCode: 0 });
  const [image, ...others] = await images();
  expect(image).toMatchObject({ containers: ['web'], layers: 1 });
  expect(image).not.toHaveProperty('name');
  expect(others).toEqual([]);
  const unpacked = readdirSync(join(cli.root, 'storage/overlay/.layers'));
  expect(await cli.sc('apply', 'job.yaml')).toMatchObject({ stdout: output });
  expect(readdirSync(join(cli.root, 'storage/overlay/.layers'))).toEqual(unpacked);
  await cli.sc('image', 'prune');
  expect(await images()).toHaveLength(1);
  await cli.sc('delete', '--force', 'web');
  await cli.sc('image', 'prune');
  expect(await images()).toEqual([]);
});

test('of one that is damaged it is told where it is, what is wrong with it and what to try', async () => {
  await execa('sh', ['-c', 'cp -r layout damaged && for f in damaged/blobs/sha256/*; do echo >>$f; done'], {
    cwd: cli.directory,
  });
  const { stderr, exitCode } = await cli.sc('run', 'oci:./damaged:1.0');
  expect(stderr).toMatch(/use the image in ".*\/damaged": .*sha256:/);
  expect(stderr).toContain('Try: it was damaged after it was made, or made so: copy it here again');
  expect(exitCode).toBe(125);
  expect(await images()).toEqual([]);
});

test('a plan looks into an archive and changes nothing', async () => {
  const before = everythingIn(cli.directory);
  const planned = await cli.sc('plan', job('archive:./web.tar'));
  expect(planned).toMatchObject({ exitCode: 3, stdout: expect.stringContaining('echo') });
  expect(everythingIn(cli.directory).filter((name) => name !== 'job.yaml')).toEqual(
    before.filter((name) => name !== 'job.yaml'),
  );
});

test('a plan tells the system calls of a container of an image, and keeps nothing of it', async () => {
  await cli.sc('image', 'load', 'web.tar');
  const before = everythingIn(cli.root);
  const { stdout } = await cli.sc('plan', '--syscalls', job('web:2.0'));
  expect(stdout).toContain(`${cli.root}/storage/overlay/.layers/`);
  expect(everythingIn(cli.root)).toEqual(before);
  const refused = await cli.sc('plan', '--syscalls', job('oci:./layout:1.0'));
  expect(refused.stderr).toContain('it is not loaded');
});

test('what is not there, or not clear, is told with the place in the file', async () => {
  const refused = async (reference: string) => (await cli.sc('apply', job(reference))).stderr;
  expect(await refused('archive:./nowhere.tar')).toMatch(/^job\.yaml:4:8: image: .*nowhere\.tar.*ENOENT/);
  expect(await refused('oci:./layout:3.0')).toContain('no image "3.0"');
  expect(await refused('oci:./layout')).toContain('there are 2: web:1.0, web:2.0');
  expect(await refused('archive:./both.tar')).toContain('there are 2');
  expect(await refused('archive:./rootfs.tar')).toContain('neither "oci-layout"');
  expect(await images()).toEqual([]);
});
