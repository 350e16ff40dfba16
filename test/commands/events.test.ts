import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { EventRecord } from '../../src/schema/operations/events.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const parse = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseAnswer<EventRecord>(line));

/** What there is of these containers, without waiting for more. */
const told = async (...flags: string[]) =>
  parse((await cli.sc('events', '--json', '--no-follow', ...flags)).stdout);

const of = (name: string) => ['--since', '0', '--filter', `container=${name}`];
const words = (events: EventRecord[]) =>
  events.map(({ type, exit }) => (exit ? `${type} ${exit.code}` : type));

test('the life of a container is told, in the foreground and detached, deleted by itself and by force', async () => {
  await cli.sc('run', '--name', 'kept', './rootfs', 'sh', '-c', 'exit 3');
  expect(words(await told(...of('kept')))).toEqual(['created', 'started', 'stopped 3']);
  await cli.sc('delete', 'kept');
  expect(words(await told(...of('kept'))).at(-1)).toBe('deleted');

  await cli.sc('run', '--rm', '--name', 'gone', './rootfs', 'sh', '-c', 'exit 4');
  expect(words(await told(...of('gone')))).toEqual(['created', 'started', 'stopped 4', 'deleted']);

  await cli.sc('run', '-d', '--name', 'behind', './rootfs', 'sleep', '1000');
  await cli.sc('pause', 'behind');
  await cli.sc('resume', 'behind');
  await cli.sc('stop', '-t', '0', 'behind');
  const stop = ['created', 'started', 'paused', 'resumed', 'stopRequested', 'stopped 137'];
  // The monitor hears of the end on its own.
  const untilStopped = await eventually(async () => {
    const events = await told(...of('behind'));
    return events.length >= stop.length ? events : undefined;
  });
  expect(words(untilStopped)).toEqual(stop);
  await cli.sc('start', 'behind');
  await cli.sc('delete', '--force', 'behind');
  const deletion = (await told(...of('behind'))).slice(stop.length);
  expect(words(deletion)).toEqual(['started', 'stopped 137', 'deleted']);
});

test('an update and a renaming are told, with what is different', async () => {
  await cli.sc('run', '-d', '-m', '32m', '--name', 'before', './rootfs', 'sleep', '1000');
  await cli.sc('update', '--memory', '64m', 'before');
  await cli.sc('rename', 'before', 'after');
  const events = (await told(...of('after'))).slice(2);
  expect(events).toMatchObject([
    { type: 'updated', container: { name: 'before' }, changed: expect.arrayContaining(['resources.memory']) },
    { type: 'renamed', container: { name: 'after' }, from: 'before' },
  ]);
  await cli.sc('delete', '--force', 'after');
});

test('a restart is told, when it is due and when it is done', async () => {
  await cli.sc('run', '-d', '--restart', 'on-failure:1', '--name', 'again', './rootfs', 'false');
  const events = await eventually(async () => {
    const events = await told(...of('again'));
    return events.filter(({ type }) => type === 'stopped').length === 2 ? events : undefined;
  });
  expect(words(events)).toEqual(['created', 'started', 'stopped 1', 'restarting', 'started', 'stopped 1']);
  expect(events.map(({ restart }) => restart)).toEqual([...Array(4), 1, undefined]);
});

test('it goes on with what happens until it is asked to end, and can be taken up again', async () => {
  const first = execa(cli.executable, ['events', '--json'], { ...cli.options, buffer: false });
  let heard = '';
  first.stdout?.on('data', (chunk) => {
    heard += chunk;
  });
  // It listens from its start on, which nobody sees.
  let turn = 0;
  await eventually(async () => {
    await cli.sc('run', '--rm', '--name', `turn-${turn++}`, './rootfs', 'true');
    return heard.includes('"deleted"') ? true : undefined;
  });
  first.kill('SIGINT');
  expect((await first).exitCode).toBe(130);
  const last = parse(heard).at(-1)?.sequence ?? 0;

  await cli.sc('run', '--rm', '--name', 'meanwhile', './rootfs', 'true');
  const missed = await told('--since', `${last}`);
  expect(missed.map(({ container }) => container?.name ?? '').filter((name) => name !== 'meanwhile')).toEqual(
    missed.map(({ container }) => container?.name ?? '').filter((name) => name.startsWith('turn-')),
  );
  expect(words(missed.filter(({ container }) => container?.name === 'meanwhile'))).toEqual([
    'created',
    'started',
    'stopped 0',
    'deleted',
  ]);
  expect(missed[0]?.sequence).toBe(last + 1);
});

test('filters and bounds, by number, time and type', async () => {
  await cli.sc('run', '--name', 'one', './rootfs', 'true');
  const { id, createdAt } = await cli.json<ContainerState>('inspect', 'one');
  await cli.sc('run', '--name', 'two', './rootfs', 'true');
  const all = await told('--since', createdAt);
  expect(all.map(({ container, type }) => `${container?.name} ${type}`)).toEqual([
    'one created',
    'one started',
    'one stopped',
    'two created',
    'two started',
    'two stopped',
  ]);
  const [first] = all;
  expect(await told('--since', createdAt, '--filter', `container=${id.slice(0, 12)}`)).toEqual(
    all.slice(0, 3),
  );
  const types = ['--filter', 'type=created', '--filter', 'type=stopped'];
  expect(words(await told('--since', '1h', '--filter', 'container=two', ...types))).toEqual([
    'created',
    'stopped 0',
  ]);
  // An end that has come is one, also for who would follow.
  const until = ['--since', createdAt, '--until', `${(first?.sequence ?? 0) + 1}`];
  expect(parse((await cli.sc('events', '--json', ...until)).stdout)).toEqual(all.slice(0, 2));
  const before = ['--since', createdAt, '--until', '0s', '--filter', 'type=started'];
  expect(parse((await cli.sc('events', '--json', ...before)).stdout)).toHaveLength(2);
});

test('a line for people', async () => {
  await cli.sc('run', '--name', 'seen', './rootfs', 'sh', '-c', 'exit 3');
  const { id } = await cli.json<ContainerState>('inspect', 'seen');
  const { stdout } = await cli.sc('events', '--no-follow', ...of('seen'), '--filter', 'type=stopped');
  const line = `^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z \\d+ stopped seen \\(${id.slice(0, 12)}\\): 3\n$`;
  expect(stdout).toMatch(new RegExp(line));
});

test.each([
  [['--since', 'yesterday'], 2, 'tell of events from or to "yesterday": it is no time'],
  [['--filter', 'name=x'], 2, '--filter: found "name=x"'],
  [['--filter', 'type=stoped'], 2, 'there is no type "stoped"; did you mean stopped'],
  [['--since', '999999999'], 1, /read the events after 999999999: (there is none yet|the last one is \d+)/],
])('%j is refused', async (flags, code, message) => {
  const { exitCode, stderr } = await cli.sc('events', '--no-follow', ...flags);
  expect(exitCode).toBe(code);
  expect(stderr).toMatch(message);
});

test('where nothing was ever made there is nothing to tell', async () => {
  expect(await cli.sc('events', '--no-follow', '--root', `${cli.directory}/elsewhere`)).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
  expect(cli.exists('elsewhere')).toBe(false);
});

test('networks and volumes are told of too, also those that a container comes with', async () => {
  await cli.sc('run', '--name', 'one', './rootfs', 'true');
  const { createdAt } = await cli.json<ContainerState>('inspect', 'one');
  await cli.sc('network', 'create', 'backend');
  await cli.sc('volume', 'create', 'data');
  await cli.sc('run', '--rm', '-v', 'data:/data', '-v', '/own', './rootfs', 'true');
  await cli.sc('network', 'connect', 'backend', 'one');
  await cli.sc('network', 'disconnect', 'backend', 'one');
  await cli.sc('network', 'remove', 'backend');
  await cli.sc('volume', 'remove', 'data');
  const all = await told('--since', createdAt);
  const ofThings = all.filter(({ network, volume }) => network !== undefined || volume !== undefined);
  const inWords = ofThings.map(({ type, container, network, volume = '' }) =>
    [type, container?.name, network, /^[0-9a-f]{64}$/.test(volume) ? 'anonymous' : volume || undefined]
      .filter((word) => word !== undefined)
      .join(' '),
  );
  expect(inWords).toEqual([
    'networkCreated backend',
    'volumeCreated data',
    'volumeCreated anonymous',
    'volumeRemoved anonymous',
    'connected one backend',
    'disconnected one backend',
    'networkRemoved backend',
    'volumeRemoved data',
  ]);
  const filters = ['--filter', 'type=networkRemoved', '--filter', 'type=connected'];
  const { stdout } = await cli.sc('events', '--no-follow', '--since', createdAt, ...filters);
  expect(stdout).toMatch(/ connected one \([0-9a-f]{12}\): backend\n.* removed network backend\n$/);
});
