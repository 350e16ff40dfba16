import { mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Applied } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(() => cli.remove());

/** A Container on the root filesystem of the workshop. */
function container(name: string, more = '', args: readonly string[] = ['sleep', '1000']): string {
  return job(name, args, `signals: { stopSignal: SIGKILL }\n${more}`).replace('kind: Job', 'kind: Container');
}

function file(...documents: string[]): string {
  return cli.write('all.yaml', documents.join('---\n'));
}

const apply = (...args: string[]) => cli.json<Applied>('apply', '--json', ...args);
const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const outcomes = ({ documents }: Applied) => documents.map(({ name, outcome }) => `${name} ${outcome}`);
const names = async () =>
  (await cli.json<ListResult>('ps', '--all', '--json')).containers.map(({ name }) => name).sort();

describe('documents that come after others', () => {
  test('begin when a container is healthy and a job has ended well, whatever their order in the file', async () => {
    const check = '["sh", "-c", "test -e /up && echo >> /in/checked"]';
    const health = `monitor: { health: { args: ${check}, interval: 20ms, retries: 500 } }\n`;
    const seen = ['sh', '-c', 'ls /in/checked'];
    const rootfs = `mounts: [{ bind: ./shared, target: /in }]\n`;
    const all = file(
      container('web', 'dependsOn: [db, seed]\n'),
      job('seed', seen, `dependsOn: [db]\n${rootfs}`),
      container('db', `${health}${rootfs}`, ['sh', '-c', 'sleep 0.2; touch /up; sleep 1000']),
    );
    mkdirSync(join(cli.directory, 'shared'));
    expect(outcomes(await apply(all))).toEqual(['db done', 'seed done', 'web done']);
    const [web, seed] = await Promise.all(['web', 'seed'].map(inspect));
    expect(seed?.exit?.code).toBe(0);
    expect(seed?.finishedAt?.localeCompare(web?.startedAt ?? '')).toBeLessThanOrEqual(0);
    const plan = await cli.json<Plan>('plan', '--json', all);
    expect(plan.documents.map(({ name, change }) => `${name} ${change}`)).toEqual([
      'db none',
      'seed run',
      'web none',
    ]);
  });

  test('are skipped where it fails, and the others are done', async () => {
    const all = file(
      container('bad', '', ['nowhere']),
      container('after', 'dependsOn: [bad]\n'),
      container('good'),
      job('failing', ['false']),
      container('never', 'dependsOn: [failing]\n'),
    );
    const { exitCode, stdout, stderr } = await cli.sc('apply', all);
    expect({ exitCode, stdout }).toEqual({ exitCode: 127, stdout: '' });
    const [done, ran, ...told] = stderr.replace(/\d+\.\ds/g, '...s').split('\n');
    expect([done, ran].sort()).toEqual([
      'sc: Container "good" created in ...s',
      'sc: Job "failing" run in ...s',
    ]);
    expect(told).toEqual([
      expect.stringMatching(/^sc: execute "nowhere": ENOENT/),
      expect.stringMatching(/^Try: /),
      'sc: Container "after" was skipped: Container "bad" has failed',
      'sc: Container "never" was skipped: Job "failing" has ended with code 1',
      'sc: 1 created, 1 run, 1 failed, 2 skipped in ...s',
      '',
    ]);
    expect(await names()).toEqual(['failing', 'good']);
    const { id } = await inspect('good');
    const again = file(container('bad'), container('after', 'dependsOn: [bad]\n'), container('good'));
    expect(outcomes(await apply(again))).toEqual(['bad done', 'after done', 'good done']);
    expect((await inspect('good')).id).toBe(id);
  });

  test('are skipped where a container does not become healthy', async () => {
    const health = 'monitor: { health: { args: [sh, -c, "echo no; false"], interval: 10ms, retries: 2 } }\n';
    const all = file(container('db', health), container('web', 'dependsOn: [db]\n'));
    const { exitCode, stderr } = await cli.sc('apply', '--quiet', all);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr:
        'sc: Container "web" was skipped: Container "db" does not become healthy: "db" is unhealthy: no\n',
    });
  });

  test('a container that is to be healthy has a check, also where only its image could have one', async () => {
    const all = file(container('db'), container('web', 'dependsOn: [{ name: db, condition: healthy }]\n'));
    expect(await cli.sc('apply', all)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^all\.yaml:14:21: dependsOn\[0\]\.name: "db" has no health check/),
    });
  });
});

test('SIGINT while something is waited for leaves what is done, and the next apply does the rest', async () => {
  const health = 'monitor: { health: { args: [test, -e, /up], interval: 20ms, retries: 1000 } }\n';
  const all = file(container('db', health), container('web', 'dependsOn: [db]\n'));
  const applying = execa(cli.executable, ['apply', all], cli.options);
  await eventually(async () => ((await names()).includes('db') ? true : undefined));
  await eventually(async () => ((await inspect('db')).status === 'running' ? true : undefined));
  applying.kill('SIGINT');
  expect((await applying).exitCode).toBe(130);
  expect(await names()).toEqual(['db']);
  const { id } = await inspect('db');
  await cli.sc('exec', 'db', 'touch', '/up');
  expect(outcomes(await apply(all))).toEqual(['db done', 'web done']);
  expect((await inspect('db')).id).toBe(id);
});

describe('a Container that the file says otherwise', () => {
  const limits = 'resources: { memory: 64Mi, pids: 50 }\nlabels: { team: a }\n';

  test('gets limits, labels and a restart policy while it runs, and loses them, with its ID', async () => {
    await apply(file(container('web', limits)));
    const before = await inspect('web');
    const restart = 'monitor: { restart: { policy: on-failure } }\n';
    const all = file(container('web', `resources: { pids: 60 }\nlabels: { team: b }\n${restart}`));
    const { stdout, exitCode } = await cli.sc('plan', all);
    expect(exitCode).toBe(3);
    expect(stdout.split('\n')).toEqual([
      'all.yaml: 1 step',
      '1. update web: the file says something else than before',
      '   labels.team: a -> b',
      '   resources.memory: 64Mi -> nothing',
      '   resources.memorySwap: 128Mi -> nothing',
      '   resources.pids: 50 -> 60',
      '   monitor.restart.policy: never -> on-failure',
      '',
    ]);
    expect((await apply(all)).documents).toMatchObject([
      {
        ...{ kind: 'Container', name: 'web', change: 'update', outcome: 'done' },
        milliseconds: expect.any(Number),
      },
    ]);
    const after = await inspect('web');
    const { id, startedAt, init } = before;
    expect(after).toMatchObject({ id, startedAt, init, status: 'running' });
    expect(after.spec).toMatchObject({ labels: { team: 'b' }, resources: { pids: 60 } });
    expect(after.spec.resources.memory).toBeUndefined();
    expect(await cli.sc('plan', all)).toMatchObject({ exitCode: 0 });
  });

  test('is replaced, and nothing of the old one stays', async () => {
    await apply(file(container('web', limits)));
    const before = await inspect('web');
    const all = file(container('web', `${limits}environment: { A: "1" }\n`));
    expect((await apply(all)).documents).toMatchObject([{ change: 'replace', outcome: 'done' }]);
    expect(await names()).toEqual(['web']);
    expect((await inspect('web')).id).not.toBe(before.id);
    expect(await cli.sc('plan', all)).toMatchObject({ exitCode: 0 });
  });

  test('is back as it was where the new one does not start', async () => {
    await apply(file(container('web')));
    await cli.sc('exec', 'web', 'touch', '/mine');
    const { id } = await inspect('web');
    expect(outcomes(await apply(file(container('web', '', ['nowhere']))))).toEqual(['web failed']);
    expect(await inspect('web')).toMatchObject({ id, status: 'running' });
    expect((await inspect('web')).setAside).toBeUndefined();
    expect(await cli.sc('exec', 'web', 'ls', '/mine')).toMatchObject({ stdout: '/mine\n' });
    expect(await names()).toEqual(['web']);
  });

  test('takes who is in its network with it, with the ID', async () => {
    const side = container('side', 'network: { mode: "container:web" }\n');
    await apply(file(side, container('web')));
    const before = await inspect('side');
    const all = file(side, container('web', 'environment: { A: "1" }\n'));
    expect(outcomes(await apply(all))).toEqual(['web done', 'side done']);
    const after = await inspect('side');
    expect(after.id).toBe(before.id);
    expect(after.init).not.toEqual(before.init);
    expect(await cli.sc('plan', all)).toMatchObject({ exitCode: 0 });
  });
});

describe('--atomic', () => {
  const health = 'monitor: { health: { args: [sh, -c, "exit 1"], interval: 10ms, retries: 1 } }\n';

  test('undoes all where something fails, and says before what it cannot undo', async () => {
    await apply(file(container('web', 'labels: { a: b }\n'), container('db')));
    await cli.sc('exec', 'db', 'touch', '/mine');
    const before = await Promise.all(['web', 'db'].map(inspect));
    mkdirSync(join(cli.directory, 'shared'), { recursive: true });
    const all = file(
      'apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\n',
      container('web', 'labels: { a: c }\n'),
      container(
        'db',
        'environment: { A: "1" }\nmounts: [{ volume: data, target: /srv }, { bind: ./shared, target: /in }]\n',
      ),
      container('new', 'dependsOn: [db]\n'),
      container('bad', 'dependsOn: [new]\n', ['nowhere']),
    );
    const { exitCode, stderr } = await cli.sc('apply', '--quiet', '--atomic', all);
    expect(exitCode).toBe(127);
    // The volume goes again, with all that was written to it.
    expect(stderr).toMatch(
      /^sc: what is written to directory "[^"]*\/shared" is not undone if something fails\nsc: execute/,
    );
    const after = await Promise.all(['web', 'db'].map(inspect));
    expect(after.map(({ id, spec }) => ({ id, spec }))).toEqual(before.map(({ id, spec }) => ({ id, spec })));
    expect(after[0]?.init).toEqual(before[0]?.init);
    expect(await cli.sc('exec', 'db', 'ls', '/mine')).toMatchObject({ stdout: '/mine\n' });
    expect(await names()).toEqual(['db', 'web']);
    expect(await cli.sc('volume', 'list', '--quiet')).toMatchObject({ stdout: '' });
    expect(outcomes(await apply('--atomic', all))).toEqual([
      ...['data undone', 'web undone', 'db undone', 'new undone', 'bad failed'],
    ]);
  });

  test('undoes all where something is not healthy, and keeps all where all is well', async () => {
    await apply(file(container('db')));
    const { id } = await inspect('db');
    const next = container('db', 'environment: { A: "1" }\n');
    const bad = file(next, container('web', health));
    expect(outcomes(await apply('--atomic', '--wait', bad))).toEqual(['db undone', 'web failed']);
    expect(await inspect('db')).toMatchObject({ id, status: 'running' });
    expect(await names()).toEqual(['db']);
    const good = file(next, container('web'));
    expect(outcomes(await apply('--atomic', '--wait', good))).toEqual(['db done', 'web done']);
    expect(await names()).toEqual(['db', 'web']);
    expect(await cli.sc('plan', good)).toMatchObject({ exitCode: 0 });
  });

  test('stops again what it has started, and starts again what it has stopped, in the network of before', async () => {
    const joined = (db: string) =>
      file(db, container('web', "network: { mode: 'container:db' }\n"), container('ended'));
    const before = joined(container('db'));
    await apply(before);
    for (const name of ['web', 'ended']) await cli.sc('exec', name, 'touch', '/mine');
    await cli.sc('stop', 'ended');
    const ids = await Promise.all(['db', 'web', 'ended'].map(async (name) => (await inspect(name)).id));
    const next = joined(container('db', 'environment: { A: "1" }\n'));
    const bad = container('bad', 'dependsOn: [web, ended]\n', ['nowhere']);
    expect(outcomes(await apply('--atomic', cli.write(next, `${cli.read(next)}---\n${bad}`)))).toEqual([
      'db undone',
      'web undone',
      'ended undone',
      'bad failed',
    ]);
    const after = await Promise.all(['db', 'web', 'ended'].map(inspect));
    expect(after.map(({ id }) => id)).toEqual(ids);
    expect(after.map(({ status }) => status)).toEqual(['running', 'running', 'stopped']);
    const networkOf = ({ init }: ContainerState) => readlinkSync(`/proc/${init?.pid}/ns/net`);
    const [db, web] = after.slice(0, 2).map(networkOf);
    expect(web).toBe(db);
    expect(await cli.sc('exec', 'web', 'ls', '/mine')).toMatchObject({ stdout: '/mine\n' });
    expect(await cli.json('diff', '--json', 'ended')).toMatchObject({ changes: [{ path: '/mine' }] });
  });
});

test('a container that has ended and cannot be started again stays as it is', async () => {
  const one = container('one', 'network: { mode: bridge, ports: ["127.0.0.1:18473:80"] }\n');
  await apply(file(one));
  await cli.sc('exec', 'one', 'touch', '/mine');
  await cli.sc('stop', 'one');
  const { id } = await inspect('one');
  const taken = ['--network', 'bridge', '--publish', '127.0.0.1:18473:80'];
  expect(await cli.sc('run', '-d', ...taken, './rootfs', 'sleep', '1000')).toMatchObject({ exitCode: 0 });
  const { exitCode, stderr } = await cli.sc('apply', file(one));
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^sc: "one": publish 127\.0\.0\.1:18473\/tcp: /);
  expect(await inspect('one')).toMatchObject({ id, status: 'stopped' });
  expect(await cli.json('diff', '--json', 'one')).toMatchObject({ changes: [{ path: '/mine' }] });
});
