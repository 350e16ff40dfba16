import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { parseAnswer } from '../support/answer.ts';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
beforeEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const bad = `apiVersion: standard-container/v1
kind: Job
metadata: { name: bad }
image: host
process: { args: [ls] }
enviroment: {}
resources: { memory: 12 }
`;

/** Every file below a directory with its content, to see that nothing has changed. */
function contents(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return globSync('**/*', { cwd: directory }).map((name) => {
    const path = `${directory}/${name}`;
    const stats = statSync(path, { throwIfNoEntry: false });
    const text = stats?.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
    return `${name} ${stats?.mode} ${stats?.mtimeMs} ${text}`;
  });
}

describe('sc validate', () => {
  test('ends with 0 for a valid file, and names what is in it', async () => {
    const file = cli.write('good.yaml', `${job('one', ['true'])}---\n${job('two', ['true'])}`);
    expect(await cli.sc('validate', file)).toMatchObject({
      exitCode: 0,
      stdout: 'good.yaml: valid (Job one, Job two)\n',
      stderr: '',
    });
    expect(existsSync(cli.root)).toBe(false);
    expect(await cli.json('validate', '--json', file)).toEqual({
      file: 'good.yaml',
      documents: [
        { kind: 'Job', name: 'one' },
        { kind: 'Job', name: 'two' },
      ],
      unsupported: [],
    });
  });

  test('ends with 2 for a bad one, and tells all that is wrong with line and column', async () => {
    const { exitCode, stdout, stderr } = await cli.sc('validate', cli.write('bad.yaml', bad));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^bad\.yaml:6:1: enviroment: unknown key "enviroment".*did you mean environment$/,
      ),
      expect.stringMatching(/^bad\.yaml:7:22: resources\.memory: /),
    ]);
  });

  test('tells the same as one object with --json', async () => {
    const { exitCode, stdout, stderr } = await cli.sc('validate', '--json', cli.write('bad.yaml', bad));
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(parseAnswer(stdout)).toMatchObject({
      error: {
        code: 'SC_BAD_FILE',
        problems: [
          { file: 'bad.yaml', line: 6, column: 1, path: 'enviroment' },
          { file: 'bad.yaml', line: 7, column: 22, path: 'resources.memory' },
        ],
      },
    });
  });

  test('notes what is right but cannot be honoured yet', async () => {
    const { exitCode, stdout } = await cli.sc(
      'validate',
      cli.write('later.yaml', job('later', ['true'], 'namespaces: { pid: host }\n')),
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      'note: later.yaml:6:20: namespaces.pid: "host" is not supported yet by backend "native": each container has one of its own; expected "private"',
    );
  });

  test.each([['nowhere.yaml'], ['rootfs'], ['/dev/zero']])('%s is no file', async (file) => {
    expect(await cli.sc('validate', file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^sc: read container files?/),
    });
  });

  test('takes variables from --set and the environment', async () => {
    const file = cli.write('set.yaml', job('set', ['echo', '$\u007bWORD}']));
    expect(await cli.sc('validate', file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('"WORD" is not set'),
    });
    expect((await cli.sc('validate', '--set', 'WORD=x', file)).exitCode).toBe(0);
    expect((await cli.sc('validate', '--set', 'WORD', file)).exitCode).toBe(2);
  });
});

describe('sc plan', () => {
  test('tells each step and field, ends with 3, and changes nothing', async () => {
    const file = cli.write('plan.yaml', job('planned', ['true'], 'environment: { A: "1" }\n'));
    await cli.sc('apply', file);
    const before = contents(cli.root);
    const { exitCode, stdout } = await cli.sc('plan', file);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('1. remove planned: it has ended');
    expect(stdout).toMatch(/process\.args +from the file +true\n/);
    expect(stdout).toMatch(/process\.cwd +default +\/\n/);
    await cli.sc('plan', '--syscalls', file);
    expect(contents(cli.root)).toEqual(before);
  });

  test('is one object with --json', async () => {
    const plan = await cli.json('plan', '--json', cli.write('plan.yaml', job('planned', ['true'])));
    expect(plan).toMatchObject({
      apiVersion: 'standard-container/v1',
      file: 'plan.yaml',
      changes: true,
      steps: [
        { kind: 'create', container: { image: { path: `${cli.directory}/rootfs` } } },
        { kind: 'start' },
        { kind: 'wait' },
      ],
    });
  });

  test('tells every system call with --syscalls', async () => {
    const { exitCode, stdout } = await cli.sc(
      'plan',
      '--syscalls',
      cli.write('plan.yaml', job('planned', ['true'])),
    );
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^planned:\n/);
    expect(stdout).toContain('clone3');
    expect(stdout).toContain('execve');
    expect(stdout).toContain(`${cli.root}/storage/overlay`);
  });

  test('tells with --syscalls what a small init would do too', async () => {
    const file = cli.write('plan.yaml', job('planned', ['true'], 'monitor: { init: true }\n'));
    const { stdout } = await cli.sc('plan', '--syscalls', file);
    const [before, inside] = stdout.split('\nin the init:\n');
    expect(before).toContain('execute the init: execveat(');
    expect(before).not.toContain('execute "true"');
    expect(inside).toContain('execute "true": execve(');
  });

  test('ends with 2 for a bad file and with 1 for what cannot be honoured', async () => {
    expect((await cli.sc('plan', cli.write('bad.yaml', bad))).exitCode).toBe(2);
    const { exitCode, stderr } = await cli.sc(
      'plan',
      cli.write('later.yaml', job('later', ['true'], 'namespaces: { pid: host }\n')),
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^later\.yaml:6:20: namespaces\.pid: .*"native": .*; expected "private"\n$/);
  });
});

describe('sc apply', () => {
  test('runs a Job with its output as it comes', async () => {
    const file = cli.write('hi.yaml', job('hi', ['sh', '-c', 'echo out; echo err >&2']));
    expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' });
    expect(await cli.json<ContainerState>('inspect', 'hi')).toMatchObject({
      status: 'stopped',
      exit: { code: 0 },
    });
  });

  test('runs it again when it is applied again', async () => {
    const file = cli.write('again.yaml', job('again', ['sh', '-c', 'echo $$; ls /made; echo > /made']));
    const first = await cli.sc('apply', file);
    const second = await cli.sc('apply', file);
    expect(second).toMatchObject({
      exitCode: first.exitCode,
      stdout: '1\n',
      stderr: expect.stringContaining('No such file'),
    });
    expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toHaveLength(1);
  });

  test('runs Jobs in their order, all of them, and ends with the first code that is not 0', async () => {
    const jobs = [3, 0, 4].map((code) => job(`job-${code}`, ['sh', '-c', `echo ${code}; exit ${code}`]));
    const file = cli.write('jobs.yaml', jobs.join('---\n'));
    expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 3, stdout: '3\n0\n4\n' });
  });

  test('prints one object with --json, and the output on stderr', async () => {
    const { stdout, stderr } = await cli.sc(
      'apply',
      '--json',
      cli.write('hi.yaml', job('hi', ['echo', 'out'])),
    );
    expect(stderr).toBe('out\n');
    expect(parseAnswer(stdout)).toMatchObject({
      file: 'hi.yaml',
      jobs: [{ name: 'hi', exit: { code: 0, cause: 'exit' }, removed: false }],
    });
  });

  test('touches nothing where one document cannot be honoured', async () => {
    const file = cli.write(
      'two.yaml',
      `${job('fine', ['echo', 'no'])}---\n${job('later', ['true'], 'namespaces: { pid: host }\n')}`,
    );
    expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 1, stdout: '' });
    expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
  });

  test('undoes a Job that cannot start, and keeps those that have ended', async () => {
    const file = cli.write('two.yaml', `${job('fine', ['echo', 'yes'])}---\n${job('missing', ['nowhere'])}`);
    expect(await cli.sc('apply', file)).toMatchObject({ exitCode: 127, stdout: 'yes\n' });
    const { containers } = await cli.json<ListResult>('ps', '--all', '--json');
    expect(containers.map(({ name }) => name)).toEqual(['fine']);
  });

  test.each([
    ['Volume of a size', 'kind: Volume\nmetadata: { name: data }\nsize: 1Gi\n'],
    ['Image that is fetched', 'kind: Image\nmetadata: { name: img }\nsource: { pull: debian }\n'],
    ['step to attach', 'kind: Job\nmetadata: { name: js }\nsteps: [{ attach: { container: web } }]\n'],
  ])('refuses a %s by name and place', async (_kind, text) => {
    const file = cli.write('kind.yaml', `apiVersion: standard-container/v1\n${text}`);
    expect(await cli.sc('validate', file)).toMatchObject({ exitCode: 0 });
    const { exitCode, stderr } = await cli.sc('apply', file);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^kind\.yaml:\d+:\d+: [\w.[\]]+: .* is not supported yet by backend "native".*\n$/,
    );
  });
});
