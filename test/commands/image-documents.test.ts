import { mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { listImages } from '../../src/operations/image/list.ts';
import { pruneImages } from '../../src/operations/image/prune.ts';
import { tagImage } from '../../src/operations/image/tag.ts';
import type { Applied } from '../../src/schema/answer.ts';
import type { ImageInspectResult } from '../../src/schema/operations/image-inspect.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { everythingIn, headerOfFile, imageOf, layoutOf, tarOfMembers } from '../support/images.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await execa('tar', ['-C', at('rootfs'), '-cf', at('rootfs.tar'), '.']);
  const making = (...args: string[]) => cli.sc('--root', at('making'), 'image', ...args);
  for (const word of ['one', 'two'])
    await making('import', '-c', `CMD ["echo", "${word}"]`, 'rootfs.tar', `${word}:1.0`);
  await making('save', '-o', 'layout/', 'one:1.0', 'two:1.0');
  await making('save', '-o', 'one.tar', 'one:1.0');
  await making('save', '--format', 'docker', '-o', 'two.tar', 'two:1.0');
  await making('save', '-o', 'both.tar', 'one:1.0', 'two:1.0');
  await making('import', '--platform', 'linux/s390x', 'rootfs.tar', 'far:1.0');
  await making('save', '-o', 'far.tar', 'far:1.0');
});
afterEach(async () => {
  await cli.deleteAll();
  await pruneImages({ all: true }, cli.settings);
});
afterAll(() => cli.remove());

const at = (name: string) => join(cli.directory, name);
const images = async () => (await listImages({}, cli.settings)).images;
const kept = () => ['images', 'storage'].map((part) => everythingIn(join(cli.root, part)));
const index = () => readFileSync(join(cli.root, 'images/index.json'), 'utf8');
const stepsOf = async (file: string) => (await cli.json<Plan>('plan', '--json', file)).steps;

const image = (source: string, more = 'name: web:1.0\n', name = 'web') =>
  `apiVersion: standard-container/v1\nkind: Image\nmetadata: { name: ${name} }\n${more}source: ${source}\n`;
const job = (more = '') =>
  `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: job }\nimage: web:1.0\n${more}`;
const write = (...documents: string[]) => cli.write('file.yaml', documents.join('---\n'));

describe.each([
  ['an archive of the OCI', '{ archive: ./one.tar }', 'one\n'],
  ['an archive of docker', '{ archive: ./two.tar }', 'two\n'],
  ['a layout', '{ oci: ./layout, reference: "two:1.0" }', 'two\n'],
  ['a root filesystem', `{ import: ./rootfs.tar, changes: ['CMD ["echo", "three"]'] }`, 'three\n'],
  ['a directory', `{ import: ./rootfs, changes: ['CMD ["echo", "four"]'], message: of today }`, 'four\n'],
])('of %s', (_, source, output) => {
  test('an image is planned without keeping anything, taken in, run and found again', async () => {
    const file = write(job(), image(source));
    await images();
    const before = everythingIn(cli.directory);
    const planned = await stepsOf(file);
    expect(planned.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'image web:1.0',
      'create job',
      'start job',
      'wait job',
    ]);
    expect(everythingIn(cli.directory)).toEqual(before);
    expect(await cli.sc('apply', file)).toMatchObject({ stdout: output, stderr: '', exitCode: 0 });
    const [only, ...others] = await images();
    expect(only).toMatchObject({ name: 'web:1.0', containers: ['job'] });
    expect(planned[0]).toMatchObject({ id: only?.id, digest: only?.digest });
    expect(others).toEqual([]);

    const alone = cli.write('alone.yaml', image(source));
    const store = kept();
    expect(await cli.sc('plan', alone)).toMatchObject({
      exitCode: 0,
      stdout: `${alone}: nothing to change\n`,
    });
    const documents = [{ kind: 'Image', name: 'web', change: 'none', outcome: 'done' }];
    expect(await cli.json<Applied>('apply', '--json', alone)).toEqual({ file: alone, documents, jobs: [] });
    expect(kept()).toEqual(store);
  });
});

describe('an image that its file does not name any more', () => {
  const changes = async (...args: string[]) =>
    (await cli.json<Plan>('plan', '--json', ...args)).documents.map(
      ({ name, change }) => `${name} ${change}`,
    );
  const elsewhere = job('process: { args: ["true"] }\n').replace('web:1.0', './rootfs');
  const named = async () => (await images()).map(({ name }) => name);

  test('is told, and goes with --prune when no container stands on it', async () => {
    await cli.sc('image', 'load', 'both.tar');
    await cli.sc('image', 'remove', 'one:1.0');
    const both = [image('{ archive: ./one.tar }'), image('{ archive: ./two.tar }', 'name: two:1.0\n', 'two')];
    const file = write(...both, job());
    await cli.sc('apply', file);
    expect((await named()).toSorted()).toEqual(['two:1.0', 'web:1.0']);
    // It was there before, and is nobody's; what a document uses stays.
    write(job());
    expect(await changes('--prune', file)).toEqual(['job run']);
    write(elsewhere.replace('name: job', 'name: other'));
    expect((await cli.sc('plan', file)).stdout).toContain(
      '"web:1.0" is not in the file any more; --prune removes it\n',
    );
    expect(await changes('--prune', file)).toEqual(['job remove', 'other run', 'web:1.0 remove']);
    expect((await cli.sc('apply', '--prune', '-q', file)).exitCode).toBe(0);
    expect(await named()).toEqual(['two:1.0']);
    expect(index()).not.toContain('file.yaml');
  });

  test('stays for a container that stands on it, but for a name that is one of several', async () => {
    const file = write(image('{ archive: ./one.tar }'));
    await cli.sc('apply', file);
    await cli.sc('run', '--name', 'guest', 'web:1.0');
    write(elsewhere);
    expect(await changes('--prune', file)).toEqual(['job run']);
    await tagImage({ image: 'web:1.0', name: 'mine:1.0' }, cli.settings);
    expect(await changes('--prune', file)).toEqual(['job run', 'web:1.0 remove']);
    await cli.sc('apply', '--prune', '-q', file);
    expect(await named()).toEqual(['mine:1.0']);
  });
});

test('what a plan that was killed has read goes with the next, and that of one that is at it stays', async () => {
  const env = { TMPDIR: at('temporary') };
  mkdirSync(env.TMPDIR);
  // A file of nothing but a hole, which takes longer to read than anybody here waits.
  writeFileSync(at('slow.tar'), headerOfFile('hole', 2 ** 36));
  truncateSync(at('slow.tar'), 2 ** 36);
  const slow = cli.write('slow.yaml', image('{ import: ./slow.tar }'));
  const file = write(image('{ archive: ./one.tar }'));
  const left = () => readdirSync(env.TMPDIR).filter((name) => name.startsWith('sc-plan-'));
  const age = () => left().map((name) => utimesSync(join(env.TMPDIR, name), 1, 1));
  const options = { ...cli.options, env: { ...cli.options.env, ...env } };
  const reading = execa(cli.executable, ['plan', slow], options);
  // What is in it comes after the lock.
  await eventually(() => left().flatMap((name) => readdirSync(join(env.TMPDIR, name)))[0]);
  age();
  const planned = () => execa(cli.executable, ['plan', file], options);
  expect((await planned()).stdout).toContain('1. image web:1.0');
  expect(left()).toHaveLength(1);
  reading.kill('SIGKILL');
  await reading;
  expect((await planned()).stdout).toContain('1. image web:1.0');
  expect(left()).toEqual([]);
});

test('what never ends, or waits for somebody, is refused at once, whether it is planned or applied', async () => {
  await execa('mkfifo', [at('fifo')]);
  mkdirSync(at('waiting'));
  writeFileSync(at('waiting/oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await execa('mkfifo', [at('waiting/index.json')]);
  const bad = [
    ['{ import: ./fifo }', /source\.import: .*fifo": it is a FIFO$/m],
    ['{ import: /dev/zero }', /source\.import: .*"\/dev\/zero": it is a device$/m],
    ['{ archive: ./fifo }', /source\.archive: .*fifo": it is a FIFO$/m],
    ['{ oci: ./waiting }', /source\.oci: .*"index\.json" of the archive: it is no regular file$/m],
  ] as const;
  const documents = bad.map(([source], index) => image(source, `name: web:${index}.0\n`, `web-${index}`));
  const file = write(...documents, job().replace('web:1.0', 'archive:./fifo'));
  for (const command of ['plan', 'apply']) {
    const { stderr, exitCode } = await cli.sc(command, file);
    for (const [, words] of bad) expect(stderr).toMatch(words);
    expect(stderr).toMatch(/image: load an image from ".*fifo": it is a FIFO$/m);
    expect(exitCode).toBe(1);
  }
  // Of stdin, which comes once, no image of a document can be.
  expect((await cli.sc('plan', write(image('{ import: "-" }')))).stderr).toContain('did you mean ./-');
});

test('a plan names source and ID, and what is replaced', async () => {
  await cli.sc('apply', write(image('{ archive: ./one.tar }')));
  const [one] = await images();
  const { stdout } = await cli.sc('plan', write(image('{ archive: ./two.tar }')));
  expect(stdout).toContain('1. image web:1.0: its source holds another than the store has\n');
  expect(stdout).toContain(`   from  archive:${at('two.tar')}\n`);
  expect(await stepsOf('file.yaml')).toMatchObject([{ kind: 'image', replaces: one?.id }]);
});

test('an image of which the source has become another is replaced, and stays without a name', async () => {
  await cli.sc('apply', write(image('{ archive: ./one.tar }'), job()));
  const [one] = await images();
  await cli.sc('delete', 'job');
  expect(await cli.sc('apply', write(image('{ archive: ./two.tar }'), job()))).toMatchObject({
    stdout: 'two\n',
  });
  const listed = await images();
  expect(listed.map(({ name }) => name).toSorted()).toEqual(['web:1.0', undefined]);
  expect(listed.find(({ name }) => name === undefined)?.id).toBe(one?.id);
});

test('a file that was only touched is read once more, and nothing is replaced', async () => {
  const file = write(image('{ archive: ./one.tar }'));
  await cli.sc('apply', file);
  const before = index();
  utimesSync(at('one.tar'), 1, 1);
  expect(await cli.sc('plan', file)).toMatchObject({ exitCode: 0 });
  expect(index()).toBe(before);
  const documents = [{ kind: 'Image', name: 'web', change: 'none', outcome: 'done' }];
  expect(await cli.json<Applied>('apply', '--json', file)).toEqual({ file, documents, jobs: [] });
});

test('a name that somebody gave to another image comes back', async () => {
  const file = write(image('{ oci: ./layout, reference: "one:1.0" }'));
  await cli.sc('apply', file);
  expect(index()).toContain('"example.standard-container.source":"sha256:');
  const [one] = await images();
  await cli.sc('image', 'load', 'two.tar');
  await tagImage({ image: 'two:1.0', name: 'web:1.0' }, cli.settings);
  expect(index()).not.toContain('standard-container.source');
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 0 });
  expect((await images()).find(({ name }) => name === 'web:1.0')?.id).toBe(one?.id);
});

test('keeps its name where what comes after it fails', async () => {
  const missing = job('process: { args: [nowhere] }\n');
  const file = write(image('{ archive: ./one.tar }'), missing);
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 127 });
  expect((await images()).map(({ name }) => name)).toEqual(['web:1.0']);
});

test('without a name it has that of its document, and delete --file leaves it', async () => {
  const file = write(image('{ archive: ./one.tar }', '', 'base.one'), job().replace('web:1.0', 'base.one'));
  const { images: applied, jobs } = await cli.json<Applied>('apply', '--json', file);
  expect(applied).toMatchObject([{ name: 'base.one:latest' }]);
  expect(jobs).toMatchObject([{ name: 'job', exit: { code: 0 } }]);
  expect(await cli.sc('delete', '--file', file)).toMatchObject({ stdout: 'job\n', exitCode: 0 });
  expect((await images()).map(({ name }) => name)).toEqual(['base.one:latest']);
});

test('the end of its name stands for it too, and not for what the store has under that name by now', async () => {
  const named = (source: string) => image(source, 'name: example.com/web:1.0\n');
  const file = write(named('{ archive: ./one.tar }'), job());
  expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'one\n', stderr: '' });
  const [one] = await images();
  write(named('{ archive: ./two.tar }'), job());
  const planned = await stepsOf(file);
  expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'two\n', stderr: '' });
  const two = (await images()).find(({ name }) => name === 'example.com/web:1.0');
  expect(two?.id).not.toBe(one?.id);
  expect(planned[0]).toMatchObject({ kind: 'image', id: two?.id });
  expect(planned.find(({ kind }) => kind === 'create')).toMatchObject({
    container: { image: { id: two?.id } },
  });
  // One of exactly that name comes first, as it does without a document.
  await cli.sc('image', 'load', '--name', 'web:1.0', 'one.tar');
  expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'one\n', stderr: '' });
  await cli.sc('image', 'tag', 'web:1.0', 'example.net/web:1.0');
  await cli.sc('image', 'remove', 'web:1.0');
  expect((await cli.sc('apply', file)).stderr).toContain(
    'image: "web:1.0" fits 2 images: example.com/web:1.0, example.net/web:1.0',
  );
});

test('one for another machine is kept, and no container of it is planned', async () => {
  const far = image('{ archive: ./far.tar }', 'name: web:1.0\nplatform: linux/s390x\n');
  expect(await cli.sc('apply', write(far))).toMatchObject({ exitCode: 0 });
  expect((await images())[0]).toMatchObject({ name: 'web:1.0', platforms: ['linux/s390x'] });
  const { stderr, exitCode } = await cli.sc('apply', write(far, job()));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /^file\.yaml:\d+:8: image: image "web:1\.0" is not for linux\/\w+: it is for linux\/s390x/,
  );
});

test('sources of which no image comes are told all at once, each with its place', async () => {
  const bad = [
    ['{ archive: ./nowhere.tar }', /^file\.yaml:5:20: source\.archive: .*nowhere\.tar.*ENOENT/m],
    ['{ archive: ./both.tar }', /source\.archive: .*there are 2: one:1\.0, two:1\.0/],
    ['{ archive: ./layout }', /source\.archive: .*it is a directory/],
    ['{ oci: ./layout, reference: three }', /source\.oci: no image "three"/],
    ['{ import: ./one.tar }', /source\.import: .*it is the archive of an image/],
    ['{ import: ./rootfs.tar, changes: [USER web, RUN make] }', /source\.changes\[1\]: change "RUN make"/],
    ['{ import: ./rootfs.tar, created: 2024-13-01T00:00:00Z }', /source\.created: .*no time that there is/],
  ] as const;
  const documents = bad.map(([source], index) => image(source, `name: web:${index}.0\n`, `web-${index}`));
  const one = '{ archive: ./one.tar }';
  const file = write(...documents, image(one, '', 'Web'), image(one, 'name: web:1.0\n', 'again'), job());
  const { stderr, exitCode } = await cli.sc('apply', file);
  for (const [, words] of bad) expect(stderr).toMatch(words);
  expect(stderr).toContain('metadata.name: "Web" is no name of an image');
  expect(stderr).toContain('name: another document makes image "web:1.0" too');
  // Of the Job, whose image is one of them, nothing more is to be said.
  expect(stderr.match(/^file\.yaml/gm)).toHaveLength(bad.length + 2);
  expect(exitCode).toBe(1);
  expect(await images()).toEqual([]);
});

test.each([
  ['two documents make the same image', image('{ archive: ./two.tar }', 'name: web:1.0\n', 'again'), 2],
  ['another image is not there', image('{ archive: ./nowhere.tar }', 'name: other:1.0\n', 'other'), 1],
  ['a container cannot be as it says', job('mounts: [{ bind: ./nowhere, target: /a }]\n'), 1],
])('where %s, what the others hold is not kept, and what was there stays', async (_, wrong, code) => {
  await cli.sc('apply', cli.write('two.yaml', image('{ archive: ./two.tar }', 'name: two:1.0\n', 'two')));
  const before = kept();
  const file = write(image('{ archive: ./one.tar }'), wrong);
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: code });
  expect(kept()).toEqual(before);
});

test('what is fetched or built is refused by name, with what to do instead', async () => {
  const build = '{ build: { from: host, steps: [{ run: { args: ["true"] } }] } }';
  const file = write(image('{ pull: "web:1.0" }'), image(build, 'name: other:1.0\n', 'other'), job());
  const { stderr } = await cli.sc('apply', file);
  expect(stderr).toMatch(
    /source\.pull: "source\.pull" of an Image is not supported yet .*: nothing is fetched/,
  );
  expect(stderr).toMatch(
    /source\.build: "source\.build" of an Image is not supported yet .*: a Job of steps/,
  );
  expect(await images()).toEqual([]);
});

test('no image gets a name that is something else where an image is used', async () => {
  const file = write(
    image('{ archive: ./one.tar }', 'name: oci:1\n'),
    image('{ archive: ./one.tar }', '', 'host'),
  );
  const { stderr } = await cli.sc('apply', file);
  expect(stderr).toMatch(
    /^file\.yaml:4:7: name: "oci:1" is no name of an image: "oci:" stands for an OCI image layout/m,
  );
  expect(stderr).toMatch(
    /metadata\.name: "host:latest" is no name of an image: "host" stands for the machine/,
  );
  expect(await images()).toEqual([]);
  await cli.sc('image', 'load', 'one.tar');
  const refused = 'name an image "archive:1": "archive:" stands for an archive in a file';
  expect((await cli.sc('image', 'tag', 'one:1.0', 'archive:1')).stderr).toContain(refused);
  expect((await cli.sc('image', 'import', 'rootfs.tar', 'archive:1')).stderr).toContain(refused);
  const odd = tarOfMembers(layoutOf([{ name: 'oci:1', image: imageOf('odd') }]));
  writeFileSync(at('odd.tar'), odd);
  expect(await cli.sc('image', 'load', 'odd.tar')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('Try: under another name: --reference oci:1 --name my/oci:1'),
  });
  const flags = ['--reference', 'oci:1', '--name', 'my/oci:1'];
  expect(await cli.sc('image', 'load', ...flags, 'odd.tar')).toMatchObject({
    stdout: 'Loaded image: my/oci:1\n',
  });
  // Without its name it is none's business.
  expect((await cli.sc('run', '--rm', 'archive:./odd.tar', 'true')).stderr).not.toContain('stands for');
});

describe.each([
  ['an archive', '{ archive: ./one.tar }'],
  ['a layout', '{ oci: ./layout, reference: "one:1.0" }'],
  [
    'a root filesystem',
    `{ import: ./rootfs.tar, changes: ['CMD ["echo", "one"]', LABEL tier=low kept=yes] }`,
  ],
])('labels of %s', (_, source) => {
  test('are those of the config, with an ID of its own, and the same again change nothing', async () => {
    const plain = image(source, '', 'plain');
    const more = 'name: web:1.0\nlabels: { team: payments, tier: "high" }\n';
    const file = write(plain, image(source, more), job());
    const planned = await stepsOf(file);
    expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'one\n', stderr: '' });
    const { images: found } = await listImages({ labels: ['team=payments'] }, cli.settings);
    const { name, id } = found[0] ?? {};
    expect(planned).toContainEqual(expect.objectContaining({ kind: 'image', name, id }));
    expect(found).toHaveLength(1);
    const { config } = await cli.json<ImageInspectResult>('image', 'inspect', '--json', 'web:1.0');
    expect(config.config?.Labels).toMatchObject({ team: 'payments', tier: 'high' });
    const all = await images();
    expect(new Set(all.map(({ id }) => id)).size).toBe(2);
    const store = kept();
    expect(await cli.json<Applied>('apply', '--json', write(plain, image(source, more)))).toMatchObject({
      jobs: [],
    });
    expect(kept()).toEqual(store);
    await cli.sc('apply', write(image(source, more.replace('high', 'low'))));
    expect((await images()).find(({ name }) => name === 'web:1.0')?.id).not.toBe(id);
  });
});

test('a damaged image of the name is taken in anew', async () => {
  const file = write(image('{ oci: ./layout, reference: "one:1.0" }'));
  await cli.sc('apply', file);
  const { digest = '' } = (await images())[0] ?? {};
  writeFileSync(join(cli.root, 'images/blobs/sha256', digest.slice('sha256:'.length)), '{}');
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 0 });
  expect(await cli.sc('image', 'verify')).toMatchObject({ exitCode: 0 });
});
