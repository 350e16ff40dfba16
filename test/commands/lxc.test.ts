import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { groupsOfLxc, placesOfLxc } from '../../src/backend/lxc/groups.ts';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import type { RunResult } from '../../src/schema/operations/run.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.sc('delete', '--all', '--force');
});
afterAll(() => cli.remove());

const lxc = ['--backend', 'lxc'];
const inspect = (name: string) => cli.json<ContainerState>('inspect', name);
const loop = 'echo ready; while :; do sleep 0.05; done';

/** What lxc-start and we make for a container. */
function leftOf(id: string): string[] {
  const { groups } = groupsOfLxc(placesOfLxc(readHostCgroups()), { parent: '/sc', id });
  return [...groups, join(cli.root, 'tools', id)].filter((path) => existsSync(path));
}

/** Starts a script in the foreground, and answers when it says that it is ready. */
async function begin(name: string) {
  const process = execa(
    cli.executable,
    ['run', ...lxc, '--name', name, './rootfs', 'sh', '-c', loop],
    cli.options,
  );
  let output = '';
  process.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await eventually(() => (output === '' ? undefined : true));
  return { process, state: await eventually(async () => running(await inspect(name))) };
}

function running(state: ContainerState) {
  const { id, keeper, init } = state;
  return keeper && init ? { id, keeper, init } : undefined;
}

describe('sc run --backend lxc', () => {
  test('gives the streams and the code of the program', async () => {
    const script = 'cat; echo err >&2; exit 3';
    const args = ['run', ...lxc, '--rm', '-i', './rootfs', 'sh', '-c', script];
    const { exitCode, stdout, stderr } = await execa(cli.executable, args, {
      ...cli.options,
      stdin: 'pipe',
      input: 'in',
    });
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 3, stdout: 'in', stderr: 'err\n' });
  });

  test('says by codes 126 and 127 that a program cannot be executed, or is not there', async () => {
    expect((await cli.sc('run', ...lxc, '--rm', './rootfs', '/etc')).exitCode).toBe(126);
    expect((await cli.sc('run', ...lxc, '--rm', './rootfs', 'nosuch')).exitCode).toBe(127);
  });

  test('gives a terminal, which can be left and come back to', async () => {
    const terminal = openTerminal();
    const { ended } = terminal.start(cli, 'run', ...lxc, '-it', '--name', 'left', './rootfs', 'sh');
    terminal.type('tty\n');
    await terminal.shows('/dev/pts/0');
    terminal.type('\x10\x11');
    expect(await ended).toBe(0);
    expect(await inspect('left')).toMatchObject({ status: 'running', detached: true, backend: 'lxc' });
    expect((await cli.sc('stop', '--time', '0', 'left')).exitCode).toBe(0);
    terminal.close();
  });

  /** Abstract sockets of this network by which an lxc-start takes orders. */
  const orders = () => readFileSync('/proc/net/unix', 'utf8').match(/@\S+\/command$/gm) ?? [];

  test('runs in the network of the machine, where nobody can give orders to its lxc-start', async () => {
    const before = orders();
    const detached = ['run', '-d', ...lxc, './rootfs', 'sleep', '1000'];
    const host = detached.toSpliced(-3, 0, '--network', 'host', '--name', 'host');
    await cli.sc(...host);
    const { init } = await inspect('host');
    expect(readlinkSync(`/proc/${init?.pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'));
    expect(orders()).toEqual(before);
    await cli.sc(...detached);
    expect(orders()).toHaveLength(before.length + 1);
  });

  test.each([
    ['lxc', []],
    ['native', ['--init']],
  ])('joins the network of a container of %s', async (backend, flags) => {
    await cli.sc('run', '-d', '--backend', backend, '--name', 'proxy', './rootfs', 'sleep', '1000');
    const joined = await cli.sc(
      ...['run', ...lxc, '--rm', ...flags, '--network', 'container:proxy', './rootfs'],
      ...['sh', '-c', 'readlink /proc/self/ns/net; ls /sys/class/net; cat /sys/class/net/lo/flags'],
    );
    const { stdout } = await cli.sc('exec', 'proxy', 'readlink', '/proc/self/ns/net');
    expect(joined).toMatchObject({ exitCode: 0, stdout: `${stdout}lo\n0x9\n` });
  });

  test('joins the network of the machine by way of another container, and takes no orders there either', async () => {
    const host = ['--network', 'host', '--userns', 'host'];
    await cli.sc('run', '-d', ...host, '--name', 'proxy', './rootfs', 'sleep', '1000');
    await cli.sc(
      'run',
      '-d',
      ...lxc,
      '--network',
      'container:proxy',
      '--name',
      'joined',
      './rootfs',
      'sleep',
      '9',
    );
    const { init } = await inspect('joined');
    expect(readlinkSync(`/proc/${init?.pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'));
    expect(orders()).toEqual([]);
  });

  test('records what a program does', async () => {
    expect((await cli.sc('run', ...lxc, '--rm', '--record', './seen', './rootfs', 'true')).exitCode).toBe(0);
    const { syscalls } = JSON.parse(cli.read('seen.seccomp.json'));
    expect(JSON.stringify(syscalls)).toContain('"execve"');
  });

  test('keeps a container in the background, for every operation', async () => {
    const { id } = await cli.json<RunResult>(
      ...['run', '-d', '--json', ...lxc, '--name', 'web', './rootfs', 'sh', '-c', loop],
    );
    await eventually(async () => ((await cli.sc('logs', 'web')).stdout === 'ready\n' ? true : undefined));
    const { exitCode, stdout } = await cli.sc('exec', 'web', 'sh', '-c', 'echo $PPID; touch /new; exit 4');
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '0\n' });
    expect((await cli.sc('diff', 'web')).stdout).toBe('A /new\n');
    await cli.sc('pause', 'web');
    expect((await inspect('web')).status).toBe('paused');
    await cli.sc('resume', 'web');
    expect((await cli.sc('top', 'web')).stdout).toContain('sleep 0.05');
    expect((await cli.sc('stats', '--no-stream', 'web')).stdout).toContain('web');
    expect((await cli.sc('copy', 'web:/etc/group', './copied')).exitCode).toBe(0);
    expect(cli.read('copied')).toContain('root:x:0:');
    expect((await cli.sc('commit', 'web', 'committed:1')).exitCode).toBe(0);
    expect((await cli.sc('stop', '--time', '0', 'web')).exitCode).toBe(0);
    expect(await inspect('web')).toMatchObject({ status: 'stopped', exit: { code: 137, cause: 'stopped' } });
    expect(leftOf(id)).toEqual([]);
    expect((await cli.sc('start', 'web')).exitCode).toBe(0);
    expect((await cli.sc('kill', 'web')).exitCode).toBe(0);
    expect((await cli.sc('wait', 'web')).stdout).toContain('137');
    expect(leftOf(id)).toEqual([]);
  });

  test('ends a container at its deadline', async () => {
    cli.write(
      'timed.yaml',
      job('timed', ['sleep', '1000'], 'monitor: { timeout: 200ms }\nsignals: { stopTimeout: 0s }\n'),
    );
    const { stdout } = await cli.sc('apply', ...lxc, '--json', 'timed.yaml');
    expect(stdout).toContain('"deadline"');
  });
});

describe('of a container of lxc nothing is left', () => {
  test('when sc is killed', async () => {
    const { process, state } = await begin('orphan');
    process.kill('SIGKILL');
    await process;
    await eventually(async () => {
      const { containers } = await cli.json<ListResult>('ps', '--all', '--json');
      return containers.some(({ status }) => status === 'running') ? undefined : true;
    });
    await eventually(() => (leftOf(state.id).length === 0 ? true : undefined));
  });

  test('when sc and the keeper are killed, after the next command', async () => {
    const { process: runner, state } = await begin('both');
    expect(leftOf(state.id).length).toBeGreaterThan(1);
    runner.kill('SIGSTOP');
    process.kill(state.keeper.pid, 'SIGKILL');
    runner.kill('SIGKILL');
    await runner;
    await cli.sc('ps');
    expect(leftOf(state.id)).toEqual([]);
  });
});

test('sc plan --syscalls shows the configuration of lxc-start before the lists', async () => {
  cli.write('shown.yaml', job('shown', ['true'], 'resources: { pids: 7 }\n'));
  const { stdout } = await cli.sc('plan', ...lxc, '--syscalls', 'shown.yaml');
  expect(stdout).toContain('lxc.init.cmd = /proc/self/fd/4');
  expect(stdout).toMatch(/lxc\.cgroup2?\.pids\.max = 7/);
  expect(stdout).toContain('execute "true"');
});
