import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { newNetwork } from '../support/machine.ts';

let cli: ReturnType<typeof makeCommandLine>;
/** Processes that hold networks: of a machine of its own, so that none of this one is touched, and of one outside. */
let machine: ChildProcess;
let outside: ChildProcess;

const inNetwork = (holder: ChildProcess, ...command: string[]) =>
  execa('nsenter', ['--net', '--target', String(holder.pid), ...command], {
    ...cli.options,
    cwd: cli.directory,
  });
const on = (...command: string[]) => inNetwork(machine, ...command);
const sc = (...args: string[]) => on(cli.executable, ...args);
const run = (...args: string[]) => sc('run', '--rm', '--network', 'bridge', ...args);
const serve = (name: string, ...flags: string[]) =>
  sc(
    ...['run', '-d', '--name', name, '--network', 'bridge', ...flags, './rootfs'],
    ...['sh', '-c', 'while :; do nc -l -p 80 -e hostname; done'],
  );
const inspect = async (name: string): Promise<ContainerState> =>
  JSON.parse((await sc('inspect', name)).stdout);
const addressOf = async (name: string) => {
  const { endpoints = [] } = await inspect(name);
  return endpoints[0]?.addresses[0]?.replace(/\/.*/, '') ?? '';
};
const links = async () =>
  (await on('ip', '-br', 'link')).stdout
    .split('\n')
    .map((line) => line.replace(/[@ ].*/, ''))
    .filter((name) => name !== '');
const tables = async () => (await on('nft', 'list', 'tables')).stdout;

beforeAll(async () => {
  cli = makeCommandLine();
  machine = await newNetwork();
  outside = await newNetwork();
  await on('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(outside.pid));
  await on('ip', 'address', 'add', '192.0.2.1/24', 'dev', 'up0');
  await on('ip', 'link', 'set', 'up0', 'up');
  await on('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
  await inNetwork(outside, 'ip', 'address', 'add', '192.0.2.2/24', 'dev', 'eth0');
  await inNetwork(outside, 'ip', 'link', 'set', 'eth0', 'up');
});
afterEach(async () => {
  await sc('delete', '--all', '--force');
  // What leads to a container goes with its network, which the kernel takes away a moment after its last process.
  await eventually(async () => ((await links()).join() === 'lo,up0' ? true : undefined));
  expect(await tables()).toBe('');
  expect((await on('cat', '/proc/sys/net/ipv4/conf/up0/forwarding')).stdout).toBe('0\n');
  // It is not there before the first network is.
  expect(cli.exists('store/networks/.up') ? readdirSync(join(cli.root, 'networks/.up')) : []).toEqual([]);
});
afterAll(async () => {
  for (const holder of [machine, outside]) {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  await cli.remove();
});

test('a container has an address, a way out, and its own name at that address', async () => {
  const { stdout } = await run(
    './rootfs',
    'sh',
    '-c',
    'ip -4 -o a show eth0; ip route; cat /etc/hosts; ls /sys/class/net; hostname',
  );
  const [, address = ''] = /inet (10\.200\.[0-3]\.\d+)\/22/.exec(stdout) ?? [];
  expect(stdout).toContain('default via 10.200.0.1 dev eth0');
  const hostname = stdout.trimEnd().split('\n').at(-1);
  expect(stdout).toContain(`${address}\t${hostname}\n`);
  expect(stdout).toContain('\neth0\nlo\n');
});

test.each(['lxc', 'oci:runc'])(
  'with backend %s it is the same network, of which nothing is left',
  async (backend) => {
    await serve('web', '--backend', backend);
    const address = await addressOf('web');
    const ask = `ip -4 -o a show eth0; cat /etc/hosts; until nc ${address} 80 2>/dev/null; do sleep 0.05; done`;
    const { stdout } = await run('--backend', backend, './rootfs', 'sh', '-c', ask);
    const [, own = ''] = /inet (10\.200\.[0-3]\.\d+)\/22/.exec(stdout) ?? [];
    expect(stdout).toContain(`${own}\t`);
    expect(stdout).toContain((await inspect('web')).spec.network.hostname);
    expect((await run('--backend', backend, './rootfs', 'no-such-program')).exitCode).toBe(127);
    await sc('restart', '--time', '0', 'web');
    expect(await addressOf('web')).toBe(address);
    const { keeper } = await inspect('web');
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
  },
);

test('containers reach each other and are reached from the machine, also when they were started again', async () => {
  await serve('web');
  const address = await addressOf('web');
  const { hostname } = (await inspect('web')).spec.network;
  const hello = `${hostname}\n`;
  const ask = async () =>
    (await on('sh', '-c', `until busybox nc ${address} 80; do sleep 0.05; done`)).stdout;
  expect(await ask()).toBe(hello);
  expect((await run('./rootfs', 'sh', '-c', `until nc ${address} 80; do sleep 0.05; done`)).stdout).toBe(
    hello,
  );
  await sc('restart', '--time', '0', 'web');
  expect(await addressOf('web')).toBe(address);
  expect(await ask()).toBe(hello);
});

test('a container cannot become the way of the machine to IPv6', async () => {
  await serve('web');
  expect((await on('cat', '/proc/sys/net/ipv6/conf/sc0/accept_ra')).stdout).toBe('0\n');
});

test('what leaves has the address of the machine, and nobody outside reaches a container', async () => {
  const server = inNetwork(outside, 'busybox', 'nc', '-l', '-p', '7000', '-e', 'ss', '-Htn', 'sport = :7000');
  const { stdout } = await run('./rootfs', 'sh', '-c', 'until nc 192.0.2.2 7000; do sleep 0.05; done');
  expect(stdout).toMatch(/192\.0\.2\.2\]?:7000 +\S*192\.0\.2\.1\]?:/);
  await server;

  await serve('web');
  const address = await addressOf('web');
  await inNetwork(outside, 'ip', 'route', 'add', '10.200.0.0/13', 'via', '192.0.2.1');
  const { exitCode } = await inNetwork(outside, 'busybox', 'nc', '-w', '1', address, '80');
  expect(exitCode).not.toBe(0);
});

test('nothing is left of a start that fails, or of an sc that is killed', async () => {
  expect((await run('./rootfs', 'no-such-program')).exitCode).toBe(127);
  expect(await tables()).toBe('');
  const running = sc('run', '--network', 'bridge', '--name', 'doomed', './rootfs', 'sleep', '1000');
  const state = await eventually(async () => {
    const found = await sc('inspect', 'doomed');
    if (found.exitCode !== 0) return undefined;
    const doomed: ContainerState = JSON.parse(found.stdout);
    return doomed.status === 'running' ? doomed : undefined;
  });
  process.kill(state.runner.pid, 'SIGKILL');
  await running;
});

test.each([40, 80, 120, 180, 300])(
  'nothing is left of an sc that is killed on its way, after %i ms',
  async (delay) => {
    // nsenter executes it in its own place: who is killed is sc.
    const command = ['--net', '--target', String(machine.pid), cli.executable];
    const running = spawn('nsenter', [...command, 'run', '--rm', '--network', 'bridge', './rootfs', 'true'], {
      cwd: cli.directory,
      env: { ...process.env, ...cli.options.env },
      stdio: 'ignore',
    });
    await setTimeout(delay);
    running.kill('SIGKILL');
    if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
    expect((await sc('recover')).exitCode).toBe(0);
    expect(await tables()).toBe('');
  },
);

test('a range that the machine has a route to, and the name of an interface, are left alone', async () => {
  await on('ip', 'link', 'add', 'sc0', 'type', 'bridge');
  await on('ip', 'address', 'add', '10.200.9.1/16', 'dev', 'sc0');
  await on('ip', 'link', 'set', 'sc0', 'up');
  try {
    const { SC_ROOT } = cli.options.env;
    const other = `${SC_ROOT}-other`;
    const flags = ['--root', other, '--network', 'bridge', '--rm', './rootfs'];
    const { stdout } = await sc('run', ...flags, 'ip', 'route');
    expect(stdout).toContain('default via 10.201.0.1');
    expect(await links()).toEqual(expect.arrayContaining(['sc0']));
  } finally {
    await on('ip', 'link', 'delete', 'sc0');
  }
});

test('sc plan says what would be done, and makes nothing', async () => {
  cli.write(
    'web.yaml',
    `apiVersion: standard-container/v1
kind: Job
metadata: { name: web }
image: ./rootfs
network: { mode: bridge }
process: { args: ['true'] }
`,
  );
  const { stdout } = await sc('plan', '--syscalls', 'web.yaml');
  const steps = [
    'wait for the network',
    'make interface "eth0", whose other end is "scv',
    'give "eth0" 10.200.',
  ];
  for (const step of steps) expect(stdout).toContain(step);
  expect((await sc('plan', 'web.yaml')).stdout).toContain('net.ipv4.conf.up0.forwarding is switched on');
});
