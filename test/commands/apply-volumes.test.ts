import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Applied } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { VolumeInspectResult } from '../../src/schema/operations/volume-inspect.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';
import { unmount } from '../support/mounted.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeEach(() => {
  cli = makeCommandLine();
  mkdirSync(join(cli.directory, 'shared'));
});
afterEach(async () => {
  await cli.deleteAll();
  await cli.remove();
});

const MOUNT = 'mounts: [{ volume: data, target: /srv }]\n';

/** One that is healthy when its script is through, and runs on. */
function container(name: string, script: string, more = ''): string {
  const health = 'monitor: { health: { args: [test, -e, /through], interval: 10ms, retries: 1000 } }\n';
  const args = ['sh', '-euc', `${script}\ntouch /through; exec sleep 1000`];
  return job(name, args, `signals: { stopSignal: SIGKILL }\n${health}${more}`).replace(
    'kind: Job',
    'kind: Container',
  );
}

const bad = (after: string) =>
  job('bad', ['nowhere'], `dependsOn: [${after}]\n`).replace('kind: Job', 'kind: Container');
/** A Job that stands in the way of what comes after it until the test has it go on. */
const gate = (more = '') =>
  job(
    'gate',
    ['sh', '-c', 'touch /in/reached; until test -e /in/go; do sleep 0.02; done'],
    `${more}mounts: [{ bind: ./shared, target: /in }]\n`,
  );
const isReached = () => eventually(() => (cli.exists('shared/reached') ? true : undefined));

function file(...documents: string[]): string {
  return cli.write('all.yaml', documents.join('---\n'));
}

const data = (root = cli.root) => join(root, 'volumes/data/data');
/** All that can be said of what is in the volume. */
const content = (root?: string) =>
  execFileSync(
    'sh',
    [
      '-c',
      `find . -printf '%p %y %m %U:%G %n %s %T@ %l\\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum`,
    ],
    { cwd: data(root), encoding: 'utf8' },
  );
/** Of the store of volumes, but for where what is removed is emptied. */
const inStore = (root = cli.root) => readdirSync(join(root, 'volumes')).filter((name) => name !== '.removed');
const snapshots = async () =>
  (await cli.json<VolumeInspectResult>('volume', 'inspect', '--json', 'data')).snapshots.map(
    ({ name }) => name,
  );
const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const outcomes = ({ documents }: Applied) => documents.map(({ name, outcome }) => `${name} ${outcome}`);

const FILL =
  'echo old > /srv/file; ln /srv/file /srv/second; ln -s file /srv/link; mkdir /srv/empty; chown 7:8 /srv';
const SPOIL = 'echo new > /srv/file; rm -r /srv/second /srv/empty; touch /srv/more; chown 9:9 /srv';

const one = (script = 'true') => container('one', script, MOUNT);

/** A Container that runs, with a volume in which something is. */
async function applyFirst(): Promise<{ id: string; before: string }> {
  const filling = await cli.sc('run', '--rm', '-v', 'data:/srv', './rootfs', 'sh', '-euc', FILL);
  expect(filling).toMatchObject({ exitCode: 0 });
  expect(await cli.sc('apply', '--wait', file(one()))).toMatchObject({ exitCode: 0 });
  return { id: (await inspect('one')).id, before: content() };
}

test('a volume is as it was where something fails after a container and a Job have written to it', async () => {
  const { id, before } = await applyFirst();
  const migrate = job('migrate', ['sh', '-c', 'echo migrated > /srv/more'], `dependsOn: [one]\n${MOUNT}`);
  const all = file(one(SPOIL), migrate, bad('migrate'));
  const { exitCode, stderr } = await cli.sc('apply', '--atomic', '--quiet', all);
  expect(exitCode).toBe(127);
  expect(stderr).toMatch(
    /^sc: what Job "migrate" does is not undone if something fails, but for what it writes to volume "data"\n/,
  );
  expect(stderr).toContain('sc: volume "data" holds what it held before\n');
  expect(await inspect('one')).toMatchObject({ id, status: 'running' });
  expect(content()).toBe(before);
  expect(await cli.sc('exec', 'one', 'cat', '/srv/file')).toMatchObject({ stdout: 'old\n' });
  expect(inStore()).toEqual(['data']);
  expect(await snapshots()).toEqual([]);
});

test('where all is well nothing is left of what it was', async () => {
  await applyFirst();
  const applied = await cli.json<Applied>('apply', '--json', '--atomic', '--wait', file(one(SPOIL)));
  expect(outcomes(applied)).toEqual(['one done']);
  expect(await cli.sc('exec', 'one', 'cat', '/srv/file')).toMatchObject({ stdout: 'new\n' });
  expect(inStore()).toEqual(['data']);
  expect(await snapshots()).toEqual([]);
});

test('a volume that nobody had mounted begins once more with what an image has', async () => {
  mkdirSync(join(cli.directory, 'rootfs/srv'), { recursive: true });
  writeFileSync(join(cli.directory, 'rootfs/srv/seed'), '');
  await cli.sc('volume', 'create', 'data');
  const before = content();
  expect((await cli.sc('apply', '--atomic', file(one(), bad('one')))).exitCode).toBe(127);
  expect(content()).toBe(before);
  const seen = await cli.sc('run', '--rm', '-v', 'data:/srv', './rootfs', 'ls', '/srv');
  expect(seen.stdout).toContain('seed\n');
});

test('what the container of before has written until it was stopped stays', async () => {
  await applyFirst();
  const applying = cli.sc(
    'apply',
    '--atomic',
    file(gate(), container('one', SPOIL, `dependsOn: [gate]\n${MOUNT}`), bad('one')),
  );
  await isReached();
  await cli.sc('exec', 'one', 'sh', '-c', 'echo late > /srv/late');
  const before = content();
  cli.write('shared/go', '');
  expect((await applying).exitCode).toBe(127);
  expect(content()).toBe(before);
  expect(await cli.sc('exec', 'one', 'cat', '/srv/late', '/srv/file')).toMatchObject({
    stdout: 'late\nold\n',
  });
});

test('of a killed sc nothing is left by the next, and the volume goes on as it is', async () => {
  await applyFirst();
  const all = file(one(SPOIL), gate('dependsOn: [one]\n'));
  const applying = execa(cli.executable, ['apply', '--atomic', all], cli.options);
  await isReached();
  expect(inStore()).toHaveLength(2);
  expect(await snapshots()).toEqual([]);
  applying.kill('SIGKILL');
  await applying;
  cli.write('shared/go', '');
  expect(await cli.sc('apply', '--atomic', all)).toMatchObject({ exitCode: 0 });
  expect(inStore()).toEqual(['data']);
  expect(await cli.sc('exec', 'one', 'cat', '/srv/file')).toMatchObject({ stdout: 'new\n' });
});

test('a volume that another container mounts stays, which is told before', async () => {
  await applyFirst();
  await cli.sc('run', '-d', '--name', 'other', '-v', 'data:/srv', './rootfs', 'sleep', '1000');
  const { exitCode, stderr } = await cli.sc('apply', '--atomic', '--quiet', file(one(SPOIL), bad('one')));
  expect(exitCode).toBe(127);
  const why = 'container "other", which is neither made nor started, mounts it too';
  expect(stderr).toContain(`sc: what is written to volume "data" is not undone if something fails: ${why}\n`);
  expect(stderr).not.toContain('holds what it held before');
  expect(await cli.sc('exec', 'other', 'cat', '/srv/file')).toMatchObject({ stdout: 'new\n' });
  expect(inStore()).toEqual(['data']);
});

test('a volume that somebody comes to mount meanwhile stays, and a snapshot has what it was', async () => {
  const { before } = await applyFirst();
  const all = file(one(SPOIL), gate('dependsOn: [one]\n'), bad('gate'));
  const applying = cli.json<Applied>('apply', '--json', '--atomic', all);
  await isReached();
  await cli.sc('run', '-d', '--name', 'other', '-v', 'data:/srv', './rootfs', 'sleep', '1000');
  cli.write('shared/go', '');
  const applied = await applying;
  expect(outcomes(applied)).toEqual(['one failed', 'gate done', 'bad failed']);
  const [snapshot = ''] = await snapshots();
  expect(applied.documents[0]?.error).toMatchObject({
    code: 'SC_WRONG_STATE',
    message: `restore volume "data": container "other", which is running and not of the file, mounts it since; what it held before is its snapshot "${snapshot}"`,
  });
  expect(await cli.sc('exec', 'other', 'cat', '/srv/file')).toMatchObject({ stdout: 'new\n' });
  await cli.sc('stop', '--timeout', '0', 'one', 'other');
  expect(await cli.sc('volume', 'restore', 'data', snapshot)).toMatchObject({ exitCode: 0 });
  expect(content()).toBe(before);
  expect(inStore()).toEqual(['data']);
});

test('a disk without room for what a volume holds is found before anything is changed', async () => {
  const root = join(cli.directory, 'small');
  mkdirSync(root, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', root]);
  const sc = (...args: string[]) => cli.sc('--root', root, ...args);
  try {
    const script = 'head -c 10000000 /dev/urandom > /srv/large';
    await sc('run', '--name', 'one', '-v', 'data:/srv', './rootfs', 'sh', '-c', script);
    const [before, { stdout: is }] = [content(root), await sc('ps', '--all', '--json')];
    const { exitCode, stderr } = await sc('apply', '--atomic', file(one(SPOIL)));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^sc: keep what volume "data" holds: .*ENOSPC/m);
    expect(stderr).toContain(
      'Try: nothing was changed: make room for a copy of the volume, or leave out --atomic\n',
    );
    expect((await sc('ps', '--all', '--json')).stdout).toBe(is);
    expect(content(root)).toBe(before);
    expect(inStore(root)).toEqual(['data']);
    expect((await sc('delete', 'one')).exitCode).toBe(0);
  } finally {
    await unmount(root);
  }
});
