import { globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import type { Diagnosis } from '../../src/schema/answer.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

/** A container that runs until it is killed. */
async function start(name: string, ...flags: string[]) {
  const process = execa(
    cli.executable,
    ['run', '--name', name, ...flags, './rootfs', 'sleep', '1000'],
    cli.options,
  );
  await eventually(async () => ((await statusOf(name)) === 'running' ? true : undefined));
  return { process };
}

async function statusOf(name: string): Promise<string | undefined> {
  return (await cli.json<ContainerState>('inspect', '--json', name)).status;
}

const names = (listing: { containers: { name: string }[] }) => listing.containers.map(({ name }) => name);

describe('sc ps', () => {
  test('lists what runs, and with --all what has stopped too', async () => {
    await cli.sc('run', '--name', 'ended', './rootfs', 'sh', '-c', 'exit 3');
    const { process } = await start('running');
    expect(names(await cli.json<ListResult>('ps', '--json'))).toEqual(['running']);
    expect(names(await cli.json<ListResult>('ps', '--all', '--json'))).toEqual(['ended', 'running']);
    const { stdout } = await cli.sc('ps', '--all');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^ID +NAME +STATUS +IMAGE +COMMAND +CREATED$/),
      expect.stringMatching(/^[0-9a-f]{12} +ended +Exited \(3\) .+ ago +\/.*\/rootfs +sh -c exit 3 +.+ ago$/),
      expect.stringMatching(/^[0-9a-f]{12} +running +Up .+ +\/.*\/rootfs +sleep 1000 +.+ ago$/),
      '',
    ]);
    await cli.sc('delete', '--force', 'running');
    expect((await process).exitCode).toBe(137);
  });

  test('filters and shortens as docker does', async () => {
    await cli.sc('run', '--name', 'first', '--label', 'team=shop', './rootfs', 'true');
    await cli.sc('run', '--name', 'second', './rootfs', 'false');
    const listed = async (...flags: string[]) => names(await cli.json<ListResult>('ps', '--json', ...flags));
    expect(await listed('--filter', 'status=exited')).toEqual(['first', 'second']);
    expect(await listed('-a', '--filter', 'label=team=shop')).toEqual(['first']);
    expect(await listed('--latest')).toEqual(['second']);
    expect(await listed('-n', '2', '--filter', 'name=fir')).toEqual(['first']);
    expect(await listed('--filter', 'name=fir')).toEqual([]);
    const { id } = await cli.json<ContainerState>('inspect', 'second');
    expect((await cli.sc('ps', '-lq')).stdout).toBe(`${id.slice(0, 12)}\n`);
    expect((await cli.sc('ps', '-q', '--no-trunc', '-a', '-f', `id=${id.slice(0, 9)}`)).stdout).toBe(
      `${id}\n`,
    );
    expect((await cli.sc('ps', '-a')).stdout).toMatch(/ second +Exited \(1\) .+ ago /);
  });

  test.each([
    [['--filter', 'status=runing'], 'there is no status "runing"; did you mean running'],
    [['--filter', 'id=web'], '"web" is no beginning of an ID'],
    [['--filter', 'color=red'], '--filter: found "color=red"'],
    [['-n', '0'], '--last: found "0"'],
  ])('%j is refused', async (flags, message) => {
    const { exitCode, stderr } = await cli.sc('ps', ...flags);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
  });

  test('is empty before anything was made', async () => {
    const { stdout } = await cli.sc('ps', '--root', join(cli.directory, 'elsewhere'), '--json');
    expect(parseAnswer(stdout)).toEqual({ containers: [], broken: [] });
    expect(cli.exists('elsewhere')).toBe(false);
  });

  test('lists the others beside one whose record is broken', async () => {
    await cli.sc('run', '--name', 'whole', './rootfs', 'true');
    const id = 'b'.repeat(64);
    mkdirSync(join(cli.root, 'containers', id), { mode: 0o700 });
    writeFileSync(join(cli.root, 'containers', id, 'state.json'), '{"version": 1, "na');
    const listing = await cli.json<ListResult>('ps', '--all', '--json');
    expect(names(listing)).toEqual(['whole']);
    expect(listing.broken).toEqual([
      { id, code: 'SC_STATE_CORRUPT', message: expect.stringContaining('torn') },
    ]);
    expect((await cli.sc('ps', '--all')).stdout).toMatch(/^bbbbbbbbbbbb +broken/m);

    expect(await cli.sc('delete', 'bbbb')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('torn'),
    });
    expect((await cli.sc('delete', '--force', 'bbbb')).exitCode).toBe(0);
    expect((await cli.json<ListResult>('ps', '--all', '--json')).broken).toEqual([]);
  });
});

describe('sc inspect', () => {
  test('finds a container by name, ID and the beginning of its ID', async () => {
    await cli.sc('run', '--name', 'found', './rootfs', 'true');
    const { id } = await cli.json<ContainerState>('inspect', 'found');
    for (const reference of [id, id.slice(0, 12), id.slice(0, 4)]) {
      expect((await cli.json<ContainerState>('inspect', reference)).name).toBe('found');
    }
  });

  test('says that there is none', async () => {
    expect(await cli.sc('inspect', 'nobody')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^sc: .*"nobody"/),
    });
    expect(await cli.json('inspect', '--json', 'nobody')).toMatchObject({ error: { code: 'SC_NOT_FOUND' } });
  });
});

describe('sc delete', () => {
  test('deletes the record and what was written', async () => {
    await cli.sc('run', '--name', 'done', './rootfs', 'sh', '-c', 'echo x > /file');
    expect(await cli.sc('delete', 'done')).toMatchObject({ exitCode: 0, stdout: 'done\n' });
    expect(readdirSync(join(cli.root, 'storage/overlay')).filter((name) => !name.startsWith('.'))).toEqual(
      [],
    );
  });

  test('tries each, and tells all that failed', async () => {
    await cli.sc('run', '--name', 'first', './rootfs', 'true');
    await cli.sc('run', '--name', 'second', './rootfs', 'true');
    const { exitCode, stdout, stderr } = await cli.sc('delete', 'first', 'neither', 'second', 'nor');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'first\nsecond\n' });
    expect(stderr).toContain('"neither"');
    expect(stderr).toContain('"nor"');
  });

  test('tells what failed in its object with --json', async () => {
    await cli.sc('run', '--name', 'first', './rootfs', 'true');
    expect(await cli.json('delete', '--json', 'first', 'neither')).toEqual({
      containers: [{ id: expect.any(String), name: 'first' }],
      failures: [{ reference: 'neither', error: expect.objectContaining({ code: 'SC_NOT_FOUND' }) }],
    });
  });

  test('does not touch what runs without --force, and kills it with', async () => {
    const { process } = await start('busy');
    expect(await cli.sc('delete', 'busy')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^sc: delete "busy": it is running\nTry: sc delete --force busy/),
    });
    expect(await cli.sc('delete', '--force', 'busy')).toMatchObject({ exitCode: 0, stdout: 'busy\n' });
    expect((await process).exitCode).toBe(137);
    expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
  });

  test('does not wait for an sc that is stopped', async () => {
    const { process } = await start('held');
    process.kill('SIGSTOP');
    expect((await cli.sc('delete', '--force', 'held')).exitCode).toBe(0);
    process.kill('SIGCONT');
    expect((await process).exitCode).toBe(137);
  });

  test('--file deletes what a file names, as far as it is there', async () => {
    const file = cli.write('two.yaml', `${job('one', ['true'])}---\n${job('two', ['true'])}`);
    await cli.sc('apply', file);
    await cli.sc('delete', 'one');
    expect(await cli.sc('delete', '--file', file)).toMatchObject({ exitCode: 0, stdout: 'two\n' });
  });

  test.each([[[]], [['--all', 'name']], [['--all', '--file', 'x']]])('%j is bad usage', async (args) => {
    expect((await cli.sc('delete', ...args)).exitCode).toBe(2);
  });
});

describe('sc doctor', () => {
  test('tells what this host can do', async () => {
    const { exitCode, stdout } = await cli.sc('doctor', '--json');
    expect(exitCode).toBe(0);
    const { fit, checks } = parseAnswer<Diagnosis>(stdout);
    expect(fit).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'kernel',
        'capabilities',
        'control groups',
        'overlay',
        'seccomp',
        'security modules',
      ]),
    );
    expect((await cli.sc('doctor')).stdout).toMatch(/^ok +kernel +\d/m);
  });

  test('tells it of the storage driver that is to be used', async () => {
    const { stdout } = await cli.sc('doctor', '--storage-driver', 'vfs', '--json');
    expect(parseAnswer<Diagnosis>(stdout).checks.find(({ name }) => name === 'image: host')).toMatchObject({
      status: 'warn',
      meaning: 'storage driver vfs cannot show the machine itself',
    });
    expect(await cli.sc('doctor', '--storage-driver', 'overlap')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('unknown storage driver "overlap"'),
    });
  });

  test('says by its code that a host is not fit', async () => {
    const [{ path = '' } = {}] = readHostCgroups().hierarchies;
    const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"';
    const { exitCode, stdout } = await execa(
      'unshare',
      ['--mount', 'sh', '-c', script, path, cli.executable, 'doctor'],
      cli.options,
    );
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^fail +control groups .*EROFS[\s\S]*Containers cannot run here\.$/m);
  });
});

/** Those for sc itself, not for people. */
const own: readonly (string | undefined)[] = ['monitor', 'recover', 'complete'];

/** Those that people use. */
const commands = readdirSync(join(import.meta.dirname, '../../commands'))
  .map((file) => basename(file, '.ts'))
  .filter((name) => !own.includes(name));

/** The same, and those that stand in a topic. */
const allCommands = globSync('**/*.ts', { cwd: join(import.meta.dirname, '../../commands') })
  .map((file) => file.replace(/\.ts$/, '').split('/'))
  .filter(([name]) => !own.includes(name));

describe('sc itself', () => {
  test('tells its version', async () => {
    expect((await cli.sc('--version')).stdout).toMatch(
      /^standard-container\/\d+\.\d+\.\d+ linux-\w+ node-v\d+/,
    );
  });

  test('without a command shows what there is, but not what is for itself', async () => {
    const { exitCode, stdout } = await cli.sc();
    expect(exitCode).toBe(0);
    for (const command of commands) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    }
    for (const command of own) expect(stdout).not.toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test.each(allCommands.map((words) => ({ words })))('explains sc $words', async ({ words }) => {
    const { exitCode, stdout } = await cli.sc(...words, '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('USAGE');
    expect(stdout).toContain('EXAMPLES');
    expect(stdout).toContain('--root=DIR');
  });

  test('offers the command that was meant, and does not ask without a terminal', async () => {
    expect(await cli.sc('rnu', 'x')).toMatchObject({
      exitCode: 2,
      stderr: 'sc: unknown command "rnu"; did you mean run\nTry: sc help\n',
    });
  });

  test('takes global flags before the command too', async () => {
    const { stdout } = await cli.sc('--root', join(cli.directory, 'elsewhere'), 'ps', '--json');
    expect(parseAnswer<ListResult>(stdout).containers).toEqual([]);
  });

  test('refuses a root that others can write to', async () => {
    mkdirSync(join(cli.directory, 'open'), { mode: 0o777 });
    await execa('chmod', ['777', join(cli.directory, 'open')]);
    expect(await cli.sc('--root', './open', 'run', './rootfs', 'true')).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('others can write to it'),
    });
  });
});
