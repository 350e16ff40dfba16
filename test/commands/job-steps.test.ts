import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listImages } from '../../src/operations/image/list.ts';
import { pruneImages } from '../../src/operations/image/prune.ts';
import { list } from '../../src/operations/list.ts';
import type { Applied } from '../../src/schema/answer.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { everythingIn } from '../support/images.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
  await pruneImages({ all: true }, cli.settings);
});
afterAll(() => cli.remove());

const containers = async () => (await list({ all: true }, cli.settings)).containers;
const images = async () => (await listImages({}, cli.settings)).images;

const head = 'apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: delivery }\nsteps:\n';
const write = (...steps: string[]) =>
  cli.write('steps.yaml', `${head}${steps.map((step) => `  - ${step}\n`).join('')}`);

const run = (name: string, script: string, more = '', image = './rootfs') =>
  `run: { name: ${name}, image: "${image}", process: { args: [sh, -c, ${JSON.stringify(script)}] }${more} }`;

test('an image is built of a root filesystem by run, copy and commit, and is all that is left', async () => {
  writeFileSync(join(cli.directory, 'greeting'), 'from the host\n');
  const file = write(
    run('build', 'echo building; echo made > /made'),
    'wait: { container: build, timeout: 1m }',
    'copy: { from: ./greeting, to: build:/greeting }',
    'diff: { container: build }',
    `commit: { container: build, image: "app:1.0", changes: ['CMD ["cat", "/made", "/greeting"]'], compression: none }`,
    run('try', 'cat /made /greeting', '', 'app:1.0'),
    'wait: { container: try }',
  );
  const before = everythingIn(cli.directory);
  const { steps } = await cli.json<Plan>('plan', '--json', file);
  expect(steps.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    ...Array.from({ length: 7 }, () => 'step delivery'),
    'finish delivery',
  ]);
  expect(steps[0]).toMatchObject({ path: 'steps[0].run', line: 5, container: { removeOnExit: true } });
  expect(steps[5]).not.toHaveProperty('container');
  expect(steps.at(-1)).toMatchObject({ containers: ['build', 'try'] });
  expect(everythingIn(cli.directory)).toEqual(before);

  const applied = await cli.sc('apply', file);
  expect(applied).toMatchObject({ stderr: '', exitCode: 0 });
  expect(applied.stdout).toBe('building\nmade\nfrom the host\nA /greeting\nA /made\n');
  expect(await containers()).toEqual([]);
  expect((await images()).map(({ name }) => name)).toEqual(['app:1.0']);
  expect(await cli.sc('run', '--rm', 'app:1.0')).toMatchObject({ stdout: 'made\nfrom the host\n' });
});

test('the end of the name of an image that a step makes stands for what it makes, not for what has it before', async () => {
  const file = write(
    run('build', 'echo made >> /made', '', './rootfs'),
    'wait: { container: build }',
    'commit: { container: build, image: "example.com/app:1.0" }',
    run('more', 'echo again >> /made', '', 'app:1.0'),
    'wait: { container: more }',
    'commit: { container: more, image: "example.com/app:1.0" }',
    run('try', 'cat /made', '', 'app:1.0'),
    'wait: { container: try }',
  );
  for (const _ of ['without one of the name', 'with one'])
    expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'made\nagain\n', stderr: '', exitCode: 0 });
});

test('an image that a step makes is saved, by a path that counts from the file, and can be loaded', async () => {
  const file = write(
    run('build', 'echo made > /made'),
    'wait: { container: build }',
    'commit: { container: build, image: "saved:1.0" }',
    'save: { images: ["saved:1.0"], output: ./saved.tar, format: docker }',
    'save: { images: ["saved:1.0"], output: ./layout/ }',
  );
  const { steps } = await cli.json<Applied>('apply', '--json', file);
  expect(steps?.slice(3)).toMatchObject([
    {
      saved: { path: join(cli.directory, 'saved.tar'), format: 'docker', images: [{ names: ['saved:1.0'] }] },
    },
    { saved: { path: join(cli.directory, 'layout'), format: 'oci' } },
  ]);
  expect(cli.exists('layout/index.json')).toBe(true);
  await pruneImages({ all: true }, cli.settings);
  await cli.sc('image', 'load', '-i', 'saved.tar');
  expect(await cli.sc('run', '--rm', 'saved:1.0', 'cat', '/made')).toMatchObject({ stdout: 'made\n' });
});

test('a save of an image that is none fails with its place', async () => {
  const { stderr, exitCode } = await cli.sc('apply', write('save: { images: [nowhere], output: ./n.tar }'));
  expect(stderr).toMatch(/^steps\.yaml:5:5: steps\[0\]\.save: .*"nowhere"/m);
  expect(exitCode).toBe(1);
  expect(cli.exists('n.tar')).toBe(false);
});

test('--json tells what came of each step', async () => {
  const file = write(
    run('one', 'echo out; rm /etc/passwd'),
    'wait: { container: one }',
    'diff: { container: one }',
  );
  const applied = await cli.json<Applied>('apply', '--json', file);
  expect(applied).toMatchObject({
    jobs: [],
    steps: [
      { job: 'delivery', path: 'steps[0].run' },
      { path: 'steps[1].wait', exit: { code: 0, cause: 'exit' } },
      { path: 'steps[2].diff', diff: { changes: [{ kind: 'D', path: '/etc/passwd' }] } },
    ],
  });
});

test.each([
  [
    'ends with another code',
    run('bad', 'echo no; exit 3'),
    'wait: { container: bad }',
    /6:5: steps\[1\]\.wait: "bad" has ended with code 3/,
    1,
  ],
  [
    'is not over in time',
    run('bad', 'sleep 60'),
    'wait: { container: bad, timeout: 50ms }',
    /6:5: steps\[1\]\.wait: /,
    1,
  ],
  [
    'has no such program',
    run('good', 'true'),
    'run: { name: bad, image: ./rootfs, process: { args: [nowhere] } }',
    /6:5: steps\[1\]\.run: .*nowhere/,
    127,
  ],
  [
    'copies what is not there',
    run('good', 'sleep 60'),
    'copy: { from: ./nowhere, to: "good:/" }',
    /6:5: steps\[1\]\.copy: .*nowhere/,
    1,
  ],
])(
  'a step that %s ends the Job with its place, and nothing of it stays',
  async (_, first, second, words, code) => {
    const file = write(first, second, 'commit: { container: bad, image: "never:1.0" }');
    const { stderr, exitCode } = await cli.sc('apply', file);
    expect(stderr).toMatch(new RegExp(`^steps\\.yaml:${words.source}`, 'm'));
    expect(exitCode).toBe(code);
    expect(await containers()).toEqual([]);
    expect(await images()).toEqual([]);
  },
);

test('what is kept is there afterwards, stopped, and makes room the next time; images stay where a later step fails', async () => {
  const file = write(
    run('kept', 'echo x > /x; sleep 60', ', keep: true, monitor: { init: true }'),
    'commit: { container: kept, image: "half:1.0", compression: none }',
    'stop: { container: kept, timeout: 5s }',
  );
  expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 0, stderr: '' });
  const [first, ...others] = await containers();
  expect(first).toMatchObject({ name: 'kept', status: 'stopped' });
  expect(others).toEqual([]);
  const { steps } = await cli.json<Plan>('plan', '--json', file);
  expect(steps[0]).toMatchObject({ kind: 'remove', id: first?.id });
  const failing = write(
    run('kept', 'echo y > /y', ', keep: true'),
    'wait: { container: kept }',
    'commit: { container: kept, image: "half:1.0", compression: none }',
    'stop: { container: nowhere }',
  );
  expect(await cli.sc('apply', failing)).toMatchObject({ exitCode: 1 });
  expect(await containers()).toMatchObject([{ name: 'kept', status: 'stopped' }]);
  expect((await images()).map(({ name }) => name)).toContain('half:1.0');
  expect(await cli.sc('delete', '--file', failing)).toMatchObject({ stdout: 'kept\n' });
});

test('what still runs at the end of a Job is stopped and deleted', async () => {
  expect(await cli.sc('apply', write(run('server', 'sleep 60', ', monitor: { init: true }')))).toMatchObject({
    exitCode: 0,
  });
  expect(await containers()).toEqual([]);
});

test.each(['SIGINT', 'SIGKILL'] as const)('after %s nothing of a Job stays', async (signal) => {
  const file = write(
    run('done', 'true'),
    'wait: { container: done }',
    run('slow', 'echo up; sleep 60', ', monitor: { init: true }'),
    'wait: { container: slow }',
  );
  const applying = execa(cli.executable, ['apply', file], cli.options);
  await eventually(async () =>
    (await containers()).some(({ name, status }) => name === 'slow' && status === 'running')
      ? true
      : undefined,
  );
  expect((await containers()).map(({ name }) => name).toSorted()).toEqual(['done', 'slow']);
  applying.kill(signal);
  const { exitCode } = await applying;
  if (signal === 'SIGINT') expect(exitCode).toBe(130);
  await cli.sc('ps');
  await eventually(async () => {
    await cli.sc('ps');
    return (await containers()).length === 0 ? true : undefined;
  });
  expect(readdirSync(join(cli.root, 'containers')).filter((name) => /^[0-9a-f]{64}$/.test(name))).toEqual([]);
});

test.each([
  ['app', 'app:latest'],
  ['app:latest', 'app'],
  ['app:1.0', 'example.com/base/app:1.0'],
  ['base/app', 'example.com/base/app'],
  [`app@sha256:${'a'.repeat(64)}`, 'example.com/app:2.0'],
  [`example.com/app:1.0@sha256:${'a'.repeat(64)}`, 'example.com/app:2.0'],
])(
  'an image that a Job makes is not known to others of the file: %s, where it makes %s',
  async (named, made) => {
    const other = `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: other }\nimage: ${named}\n`;
    write(run('build', 'true'), `commit: { container: build, image: "${made}" }`);
    const file = cli.write('both.yaml', `${cli.read('steps.yaml')}---\n${other}`);
    expect((await cli.sc('apply', file)).stderr).toMatch(
      `:8: image: steps[1].commit of Job "delivery" makes image "${made}", and what that says is known only then`,
    );
    expect(await images()).toEqual([]);
  },
);

test('what the store has under just that name or digest is no image that a Job makes', async () => {
  await cli.sc('image', 'import', '-c', 'CMD ["echo", "of the store"]', './rootfs', 'app:1.0');
  const [app] = await images();
  const build = [run('build', 'true'), 'wait: { container: build }'];
  write(...build, 'commit: { container: build, image: "example.com/app:1.0", compression: none }');
  for (const named of ['app:1.0', `app@${app?.digest}`]) {
    const other = `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: other }\nimage: ${named}\n`;
    const file = cli.write('both.yaml', `${cli.read('steps.yaml')}---\n${other}`);
    expect(await cli.sc('apply', file)).toMatchObject({ stdout: 'of the store\n', stderr: '', exitCode: 0 });
    await cli.sc('delete', 'other');
  }
});

test('a container of an image that the Job makes is planned in its turn, and what is wrong with it told there', async () => {
  const file = write(
    run('one', 'true'),
    'wait: { container: one }',
    'commit: { container: one, image: "app:1.0", compression: none }',
    'run: { name: two, image: app:1.0 }',
  );
  const { stderr, exitCode } = await cli.sc('apply', file);
  expect(stderr).toMatch(
    /^steps\.yaml:8:5: steps\[3\]\.run: image: image "app:1\.0" has no program of its own$/m,
  );
  expect(exitCode).toBe(2);
  expect(await containers()).toEqual([]);
});

test('what steps cannot have is refused before anything is done', async () => {
  const file = write(
    run('one', 'true', ', terminal: { tty: true }, expect: { listening: [80] }'),
    'attach: { container: one }',
    run('two', 'true', ', monitor: { restart: { policy: on-failure } }'),
  );
  const { stderr, exitCode } = await cli.sc('apply', file);
  expect(exitCode).toBe(1);
  for (const path of [
    'steps[0].run.terminal',
    'steps[0].run.expect.listening[0]',
    'steps[1].attach',
    'steps[2].run.monitor.restart.policy',
  ])
    expect(stderr).toContain(`: ${path}`);
  const bad = write('commit: { container: one, image: "App:1.0", changes: [RUN make] }');
  const refused = await cli.sc('apply', bad);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('steps[0].commit.image: name an image "App:1.0"');
  expect(refused.stderr).toContain('steps[0].commit.changes[0]: change "RUN make"');
});
