import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHostCgroups } from '../../src/linux/cgroup/hierarchy.ts';
import { isErrno } from '../../src/linux/descriptor.ts';
import { processIsAlive } from '../../src/linux/process.ts';
import { start } from '../../src/operations/start.ts';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

async function monitorOf(root: string): Promise<number | undefined> {
  const client = await MonitorClient.connect(root).catch(() => undefined);
  client?.close();
  return client?.greeting.pid;
}

/** But for those that are closed meanwhile. */
function openFilesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

describe('a monitor has nothing of who starts it', () => {
  let cli: ReturnType<typeof makeCommandLine>;
  beforeEach(() => {
    cli = makeCommandLine();
  });
  afterEach(async () => {
    await cli.sc('delete', '--all', '--force');
    await cli.remove();
  });

  /** A shell, in which `$sc` is sc, and `$run` starts a container that lives on. */
  function shell(script: string, environment: Record<string, string> = {}): ChildProcess {
    const words = `sc=${cli.executable}; run="$sc run -d ./rootfs sleep 1000"; ${script}`;
    const env = { ...process.env, ...cli.options.env, ...environment };
    return spawn('bash', ['-c', words], { cwd: cli.directory, env, stdio: 'ignore' });
  }
  const succeeds = async (child: ChildProcess) => expect(await once(child, 'exit')).toEqual([0, null]);
  const monitor = () => eventually(() => monitorOf(cli.root));
  const read = (pid: number, file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8');
  /** Of proc_pid_stat(5), counted as there. */
  const field = (pid: number, number: number) => read(pid, 'stat').split(') ')[1]?.split(' ')[number - 3];

  test('be it environment, directory, descriptors, limits, priority or modes', async () => {
    const environment = {
      NODE_OPTIONS: '--title=odd --no-warnings',
      LD_PRELOAD: '/lib/x86_64-linux-gnu/libm.so.6',
      SC_BACKEND: 'native',
      GREETING: 'hello',
    };
    await cli.sc('run', '--name', 'done', './rootfs', 'true');
    const script = `mkdir gone; cd gone; rmdir ../gone; umask 0; exec 7<>../file
      ulimit -S -n 300 -f 100000 -u 500 -v 64000000 -c 0
      exec nice -n 5 taskset -c 0 choom -n 300 -- $sc start done`;
    await succeeds(shell(script, environment));
    const pid = await monitor();
    expect(read(pid, 'environ').split('\0').filter(Boolean).sort()).toEqual([
      'HOME=/',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    const files = openFilesOf(pid);
    expect(files[0]).toBe('/dev/null');
    expect(files.filter((file) => file.startsWith(cli.directory) && !file.startsWith(cli.root))).toEqual([]);
    const limits = read(pid, 'limits');
    for (const name of ['Max file size', 'Max address space'])
      expect(limits).toMatch(new RegExp(`^${name} +unlimited +unlimited`, 'm'));
    expect(limits).not.toMatch(/^Max (open files|processes) +(300|500) /m);
    expect(read(pid, 'status')).toMatch(/^Umask:\t0077$/m);
    expect(read(pid, 'status')).toMatch(/^Cpus_allowed_list:\t0-/m);
    expect({ nice: field(pid, 19), oom: read(pid, 'oom_score_adj') }).toEqual({ nice: '0', oom: '0\n' });
    const [group, session, terminal] = [5, 6, 7].map((number) => field(pid, number));
    expect({ group, session, terminal }).toEqual({ group: `${pid}`, session: `${pid}`, terminal: '0' });
    expect(readlinkSync(`/proc/${pid}/ns/mnt`)).not.toBe(readlinkSync('/proc/self/ns/mnt'));
  });

  test('also where that has no standard streams', async () => {
    await succeeds(shell('exec 0<&- 1>&- 2>&-; exec $run'));
    expect(readlinkSync(`/proc/${await monitor()}/fd/1`)).toBe(join(cli.root, 'monitor/log'));
  });

  test('nor does it end with its control groups, as at a logout', async () => {
    const groups = readHostCgroups()
      .hierarchies.filter(({ controllers }) => !controllers.includes('cpuset'))
      .map(({ path }) => join(path, 'sc-test-login'));
    const members = () => groups.flatMap((group) => numbersIn(join(group, 'cgroup.procs')));
    for (const group of groups) mkdirSync(group);
    try {
      const enter = groups.map((group) => `echo $$ >${group}/cgroup.procs`).join('; ');
      const login = shell(`${enter}; $run; sleep 1000`);
      const { keeper } = await eventually(async () => {
        const { containers } = await cli.json<ListResult>('ps', '--json');
        return containers.find(({ status }) => status === 'running');
      });
      for (const pid of new Set(members())) process.kill(pid, 'SIGKILL');
      await once(login, 'exit');
      await eventually(() => (members().length === 0 ? true : undefined));
      expect(await monitor()).toBeGreaterThan(0);
      expect(keeper !== undefined && processIsAlive(keeper)).toBe(true);
    } finally {
      for (const group of groups) rmdirSync(group);
    }
  });

  test('nor with its terminal', async () => {
    const terminal = openTerminal();
    const { ended } = terminal.start(cli, 'run', '-d', './rootfs', 'sleep', '1000');
    expect(await ended).toBe(0);
    terminal.close();
    await sleep(100);
    expect(field(await monitor(), 7)).toBe('0');
    expect(await cli.json('ps', '--json')).toMatchObject({ containers: [{ status: 'running' }] });
  });

  test('and serves those outside when it was started in mounts of somebody’s own', async () => {
    await succeeds(shell('exec unshare --mount $run'));
    const pid = await monitor();
    await cli.sc('run', '-d', '--name', 'other', './rootfs', 'sleep', '1000');
    expect(await monitor()).toBe(pid);
    expect((await cli.sc('exec', 'other', 'true')).exitCode).toBe(0);
  });
});

describe('a monitor that nobody needs any more', () => {
  let monitored: ReturnType<typeof makeMonitored>;
  beforeEach(() => {
    monitored = makeMonitored();
  });
  afterEach(() => monitored.remove());

  test('ends, and loses nobody who comes in that moment', async () => {
    const { settings, root } = monitored;
    const self = [process.execPath, join(import.meta.dirname, 'short-lived.ts')];
    const caller = { ...monitored.caller, self };
    const pids = new Set<number | undefined>();
    const client = async (name: string) => {
      await monitored.runBy(caller, { name }, 'true');
      // On a busy machine it takes longer until one has left between two starts.
      for (let round = 0; round < 12 || pids.size <= 2; round++) {
        await sleep(Math.random() * 120);
        expect(await start({ containers: [name] }, settings, caller)).toMatchObject({ failures: [] });
        pids.add(await monitorOf(root));
      }
    };
    await Promise.all(['one', 'other'].map(client));
    await eventually(() => (readdirSync(join(root, 'monitor')).includes('socket') ? undefined : true));
  }, 60_000);
});

/** A line each. */
function numbersIn(file: string): number[] {
  return readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number);
}
