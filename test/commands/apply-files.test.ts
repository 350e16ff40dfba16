import { globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Applied } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import type { NetworkListResult } from '../../src/schema/operations/network-list.ts';
import type { VolumeListResult } from '../../src/schema/operations/volume-list.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { job, makeCommandLine } from '../support/command-line.ts';
import { snapshotHost } from '../support/leak-check.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
  mkdirSync(join(cli.directory, 'site'));
});
afterEach(async () => {
  await cli.deleteAll();
  for (const name of ['site', 'store/applied'])
    rmSync(join(cli.directory, name), { recursive: true, force: true });
  mkdirSync(join(cli.directory, 'site'));
});
afterAll(() => cli.remove());

function container(name: string, more = ''): string {
  const all = `signals: { stopSignal: SIGKILL }\n${more}`;
  return job(name, ['sleep', '1000'], all)
    .replace('kind: Job', 'kind: Container')
    .replace('./rootfs', rootfs());
}

const network = (name: string) =>
  `apiVersion: standard-container/v1\nkind: Network\nmetadata: { name: ${name} }\n`;
const volume = (name: string) => network(name).replace('kind: Network', 'kind: Volume');
const attached = (name: string, to: string) => container(name, `network: { networks: [{ name: ${to} }] }\n`);
const rootfs = () => join(cli.directory, 'rootfs');
const apply = (...args: string[]) => cli.json<Applied>('apply', '--json', ...args);
const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const changes = ({ documents }: Plan) => documents.map(({ name, change }) => `${name} ${change}`);
const networks = async () =>
  (await cli.json<NetworkListResult>('network', 'list', '--json')).networks.map(({ name }) => name).sort();
const volumes = async () =>
  (await cli.json<VolumeListResult>('volume', 'list', '--json')).volumes.map(({ name }) => name).sort();
const names = async () =>
  (await cli.json<ListResult>('ps', '--all', '--json')).containers.map(({ name }) => name).sort();

describe('replicas', () => {
  test('are so many containers, of which more or fewer leave the others alone', async () => {
    const file = (count: number, more = '') =>
      cli.write('all.yaml', `${container('web', `replicas: ${count}\n`)}---\n${container('proxy', more)}`);
    await apply(file(2, 'dependsOn: [web]\n'));
    expect(await names()).toEqual(['proxy', 'web-1', 'web-2']);
    const { id } = await inspect('web-1');
    expect(changes(await cli.json<Plan>('plan', '--json', file(3)))).toEqual([
      ...['web-1 none', 'web-2 none', 'web-3 create', 'proxy none'],
    ]);
    await apply(file(1));
    expect(await names()).toEqual(['proxy', 'web-1']);
    expect((await inspect('web-1')).id).toBe(id);
    expect(await cli.sc('delete', '--force', '--file', 'all.yaml')).toMatchObject({
      stdout: 'web-1\nproxy\n',
    });
  });
});

describe('files of one directory', () => {
  test('are one whole, and their problems are told by file', async () => {
    cli.write('site/a.yaml', container('web', 'dependsOn: [db]\n'));
    cli.write('site/b.yml', container('db'));
    expect((await apply('site')).documents.map(({ name }) => name)).toEqual(['db', 'web']);
    expect(await cli.sc('plan', 'site/b.yml', '-f', 'site/a.yaml')).toMatchObject({ exitCode: 0 });
    cli.write('site/c.yaml', container('web', 'dependsOn: [nobody]\n'));
    const { exitCode, stderr } = await cli.sc('validate', 'site');
    expect(exitCode).toBe(2);
    expect(stderr.split('\n')).toEqual([
      'site/c.yaml:3:19: metadata.name: document 1 of site/a.yaml is named "web" too',
      'site/c.yaml:7:13: dependsOn[0]: there is no container or job "nobody" in this file',
      '',
    ]);
  });

  test.each([
    [['site'], 'read container files of "site": there is none in this directory'],
    [['site/a.yaml', 'b.yaml'], 'read files of ".*" and of ".*" as one'],
    [[], 'no container file is named'],
  ])('%j are none', async (files, message) => {
    cli.write('b.yaml', container('db'));
    expect(await cli.sc('apply', ...files)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(new RegExp(`^sc: ${message}`)),
    });
  });
});

describe('what a file does not name any more', () => {
  test('is told, and removed with --prune, also where its file is gone from the directory', async () => {
    cli.write('site/a.yaml', `${container('web')}---\n${container('old')}`);
    cli.write('site/b.yaml', container('other'));
    await apply('site');
    await cli.sc('run', '-d', '--name', 'mine', './rootfs', 'sleep', '1000');
    cli.write('site/a.yaml', container('web'));
    rmSync(join(cli.directory, 'site/b.yaml'));
    const { stderr, exitCode } = await cli.sc('apply', 'site');
    expect({ stderr, exitCode }).toEqual({
      exitCode: 0,
      stderr: ['old', 'other']
        .map((name) => `sc: "${name}" is not in the file any more; --prune removes it\n`)
        .join(''),
    });
    expect(changes(await cli.json<Plan>('plan', '--json', '--prune', 'site'))).toEqual([
      ...['old remove', 'other remove', 'web none'],
    ]);
    expect(await names()).toEqual(['mine', 'old', 'other', 'web']);
    const { id } = await inspect('web');
    expect((await apply('--prune', 'site')).documents).toMatchObject([
      { name: 'old', change: 'remove', outcome: 'done' },
      { name: 'other', change: 'remove', outcome: 'done' },
      { name: 'web', change: 'none', outcome: 'done' },
    ]);
    expect(await names()).toEqual(['mine', 'web']);
    expect((await inspect('web')).id).toBe(id);
    expect(await cli.sc('plan', '--prune', 'site')).toMatchObject({ exitCode: 0 });
  });

  test('is not removed where another file names it now', async () => {
    cli.write('a.yaml', `${container('web')}---\n${container('db')}`);
    await apply('a.yaml');
    cli.write('b.yaml', container('db'));
    cli.write('a.yaml', container('web'));
    await apply('b.yaml');
    await apply('--prune', 'a.yaml');
    expect(await names()).toEqual(['db', 'web']);
  });

  test('are networks too, as soon as nobody is attached to them', async () => {
    const [left, right] = [network('left'), network('right')];
    await cli.sc('network', 'create', 'found');
    const before = [left, right, network('found'), attached('web', 'left'), attached('db', 'right')];
    const file = cli.write('a.yaml', before.join('---\n'));
    await apply(file);
    cli.write('a.yaml', container('web'));
    const removed = ['db remove', 'web replace', 'left remove', 'right remove'];
    const plan = await cli.json<Plan>('plan', '--json', '--prune', file);
    expect(changes(plan)).toEqual(removed);
    expect(plan.documents.slice(2).map(({ after }) => after)).toEqual([
      [{ kind: 'Container', name: 'web' }],
      [{ kind: 'Container', name: 'db' }],
    ]);
    const { orphans } = await cli.json<Plan>('plan', '--json', file);
    expect(orphans?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['Container db', 'Network left', 'Network right'],
    ]);
    expect(await networks()).toEqual(['found', 'left', 'right']);

    cli.write('a.yaml', container('web').replace('sleep', 'no-such-program'));
    expect(await cli.sc('apply', '--prune', '--atomic', file)).toMatchObject({ exitCode: 127 });
    expect(await networks()).toEqual(['found', 'left', 'right']);

    cli.write('a.yaml', container('web'));
    expect((await apply('--prune', '--atomic', file)).documents).toMatchObject(
      removed.map((words) => ({ name: words.split(' ')[0], change: words.split(' ')[1], outcome: 'done' })),
    );
    expect(await networks()).toEqual(['found']);
    expect(await cli.sc('plan', '--prune', file)).toMatchObject({ exitCode: 0 });
    await cli.sc('network', 'remove', 'found');
  });

  test('is no network that somebody else is attached to, or that another file has made', async () => {
    const [one, other] = [cli.write('a.yaml', network('left')), cli.write('b.yaml', network('right'))];
    await apply(one);
    await apply(other);
    await cli.sc('run', '-d', '--name', 'guest', '--network', 'left', './rootfs', 'sleep', '1000');
    cli.write('a.yaml', container('web'));
    await apply(one);
    expect(await cli.sc('plan', '--prune', one)).toMatchObject({ exitCode: 0 });
    await cli.sc('delete', '--force', 'guest');
    expect(changes(await cli.json<Plan>('plan', '--json', '--prune', one))).toEqual([
      'web none',
      'left remove',
    ]);
    await apply('--prune', one);
    expect(await networks()).toEqual(['right']);
    await cli.sc('network', 'remove', 'right');
  });

  test('is a volume where that is asked for, when no container mounts it any more', async () => {
    await cli.sc('volume', 'create', 'found');
    const mounting = (name: string, volume: string) =>
      container(name, `mounts: [{ volume: ${volume}, target: /srv }]\n`);
    const documents = [volume('data'), volume('shared'), volume('found'), mounting('db', 'data')];
    const file = cli.write('a.yaml', documents.join('---\n'));
    await apply(file);
    await cli.sc('run', '-d', '--name', 'guest', '-v', 'shared:/srv', './rootfs', 'sleep', '1000');
    await cli.sc('exec', 'db', 'sh', '-c', 'echo kept > /srv/file');
    cli.write('a.yaml', container('web'));
    const all =
      'sc: "data" is not in the file any more; --prune --volumes removes it with all that is in it\n';
    const plan = async (...flags: string[]) =>
      changes(await cli.json<Plan>('plan', '--json', '--prune', ...flags, file));
    expect(await plan('--volumes')).toEqual(['db remove', 'web create', 'data remove']);
    expect(await plan()).toEqual(['db remove', 'web create']);
    expect((await cli.sc('apply', '--prune', file)).stderr).toContain(all);
    expect(await volumes()).toEqual(['data', 'found', 'shared']);
    for (const flags of [['--volumes'], ['--timeout', '3s']])
      expect(await cli.sc('apply', ...flags, file)).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^sc: --(volumes|timeout): nothing is .* without --/),
      });

    cli.write('a.yaml', container('web').replace('sleep', 'no-such-program'));
    const pruned = ['apply', '--prune', '--volumes', '--atomic', file];
    expect(await cli.sc(...pruned)).toMatchObject({ exitCode: 127 });
    expect(cli.read('store/volumes/data/data/file')).toBe('kept\n');
    cli.write('a.yaml', container('web'));
    expect((await cli.sc(...pruned)).stderr).toMatch(
      /^sc: Volume "data" removed in \S+\nsc: 1 removed, 1 unchanged in \S+\n$/,
    );
    expect(await volumes()).toEqual(['found', 'shared']);
    await cli.sc('delete', '--force', 'guest');
    expect(await plan('--volumes')).toEqual(['web none', 'shared remove']);
    await cli.sc('volume', 'remove', 'found', 'shared');
    expect(await cli.sc('plan', file)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('is refused where it was made by another way, and runs otherwise', async () => {
    await cli.sc('run', '-d', '--name', 'web', './rootfs', 'sleep', '1000');
    const { exitCode, stderr } = await cli.sc('apply', cli.write('a.yaml', container('web')));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^sc: the name "web" is taken by container [0-9a-f]{12}, which is running\n/);
  });
});

test('--drift tells what somebody has changed since the file was applied, whatever it says now', async () => {
  const file = cli.write(
    'all.yaml',
    ['web', 'db', 'cache', 'gone'].map((name) => container(name)).join('---\n'),
  );
  await apply(file);
  expect(await cli.sc('plan', '--drift', file)).toMatchObject({ exitCode: 0 });
  await cli.sc('update', '--memory', '64m', 'web');
  await cli.sc('stop', 'db');
  await cli.sc('rename', 'cache', 'elsewhere');
  await cli.sc('delete', '--force', 'gone');
  const { drift } = await cli.json<Plan>('plan', '--drift', '--json', file);
  expect(drift).toEqual([
    {
      ...{ name: 'web', what: 'changed' },
      changes: expect.arrayContaining([
        { path: 'resources.memory', after: 67_108_864 },
        { path: 'resources.memorySwap', after: 134_217_728 },
      ]),
    },
    { name: 'db', what: 'stopped' },
    {
      ...{ name: 'cache', what: 'renamed' },
      changes: [{ path: 'metadata.name', before: 'cache', after: 'elsewhere' }],
    },
    { name: 'gone', what: 'deleted' },
  ]);
  const { stdout, exitCode } = await cli.sc('plan', '--drift', file);
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(
    /since it was applied, "web": it was changed\n( .*\n)* {3}resources\.memory: nothing -> 64Mi\n/,
  );
  await apply(file);
  expect((await cli.json<Plan>('plan', '--drift', '--json', file)).drift).toEqual([]);
});

test('a plan changes nothing of the host, whatever it says', async () => {
  await apply(cli.write('all.yaml', `${container('web')}---\n${container('old')}`));
  const volume = 'apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\n';
  const changed = container('web', 'environment: { A: "1" }\nmounts: [{ volume: data, target: /srv }]\n');
  const file = cli.write('all.yaml', [volume, changed, container('new', 'replicas: 2\n')].join('---\n'));
  const records = () => globSync('{applied,containers,volumes,storage}/**', { cwd: cli.root }).sort();
  const before = {
    host: [...snapshotHost()],
    records: records(),
    web: cli.record((await inspect('web')).id),
  };
  const plan = await cli.json<Plan>('plan', '--json', '--prune', '--drift', file);
  expect(changes(plan)).toEqual([
    ...['old remove', 'data create', 'web replace', 'new-1 create', 'new-2 create'],
  ]);
  expect({ host: [...snapshotHost()], records: records(), web: cli.record(before.web.id) }).toEqual(before);
});

describe('--wait', () => {
  const checked = (args: string) =>
    container('web', `monitor: { health: { args: ${args}, interval: 20ms, retries: 3 } }\n`);

  test('waits until it is healthy, and for no longer than --timeout', async () => {
    expect(await cli.sc('apply', '--wait', cli.write('a.yaml', checked('["true"]')))).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^sc: Container "web" created in \d+\.\ds\nsc: 1 created in \d+\.\ds\n$/),
    });
    expect((await inspect('web')).health?.status).toBe('healthy');
    const late = checked('["sh", "-c", "sleep 100"]');
    expect(
      await cli.sc('apply', '-q', '--wait', '--timeout', '50ms', cli.write('a.yaml', late)),
    ).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /^sc: Container "web" does not become healthy: .* it is running after 0\.05 s\n$/,
      ),
    });
  });

  test('fails where it is unhealthy', async () => {
    const file = cli.write('a.yaml', checked('["false"]'));
    expect(await cli.sc('apply', '--quiet', '--wait', file)).toMatchObject({
      exitCode: 1,
      stderr: 'sc: Container "web" does not become healthy: "web" is unhealthy: without a word\n',
    });
  });
});
