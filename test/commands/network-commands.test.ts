import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NetworkInspectResult } from '../../src/schema/operations/network-inspect.ts';
import { parseAnswer } from '../support/answer.ts';
import { makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';

let cli: ReturnType<typeof makeCommandLine>;
let host: Awaited<ReturnType<typeof makeMachine>>;

beforeAll(async () => {
  cli = makeCommandLine();
  host = await makeMachine(cli);
});
afterAll(async () => {
  await host.expectNothingLeft();
  await host.remove();
  await cli.remove();
});

const network = (...args: string[]) => host.sc('network', ...args);
const attached = async (name: string) =>
  parseAnswer<NetworkInspectResult>((await network('inspect', name)).stdout).containers;
const interfacesIn = async (name: string) =>
  (await host.sc('exec', name, 'sh', '-c', 'ls /sys/class/net | tr "\\n" " "')).stdout;
const routeOf = async (name: string) =>
  (await host.sc('exec', name, 'sh', '-c', 'ip route show default')).stdout.trim();

test('a network is made with what is asked for, and listed', async () => {
  const flags = ['--subnet', '10.89.1.0/24', '--subnet', 'fd00:89::/64', '--gateway', '10.89.1.254'];
  const made = await network('create', ...flags, '--ip-range', '10.89.1.64/26', '--label', 'a=b', 'left');
  expect(made.stdout).toBe('left\n');
  const right = parseAnswer(
    (await network('create', '--json', '--internal', '--mtu', '1400', 'right')).stdout,
  );
  expect(right).toEqual({ name: 'right', subnets: [{ subnet: '10.200.0.0/22', gateway: '10.200.0.1' }] });
  expect(parseAnswer((await network('list', '--json')).stdout)).toMatchObject({
    networks: [
      {
        name: 'left',
        subnets: [
          { subnet: '10.89.1.0/24', gateway: '10.89.1.254', ipRange: '10.89.1.64/26' },
          { subnet: 'fd00:89::/64', gateway: 'fd00:89::1' },
        ],
        labels: { a: 'b' },
        containers: [],
      },
      { name: 'right', internal: true, mtu: 1400 },
    ],
  });
  expect((await network('list', '--quiet', '--filter', 'label=a')).stdout).toBe('left\n');
  expect((await network('list')).stdout).toMatch(/^right +10\.200\.0\.0\/22 +ends here/m);
});

test.each([
  [['left'], 1, 'make network "left": there is one'],
  [['host'], 2, '"host" is a mode'],
  [['a'.repeat(129)], 2, 'name: found'],
  [['--subnet', '10.89.9.7/24', 'new'], 2, 'did you mean 10.89.9.0/24?'],
  [['--subnet', '10.89.1.0/25', 'new'], 1, '10.89.1.0/25 overlaps the network "left" (10.89.1.0/24)'],
  [['--subnet', '192.0.2.0/24', 'new'], 1, 'overlaps the route of this machine to 192.0.2.0/24 over up0'],
  [['--gateway', '10.1.1.1', 'new'], 2, 'gateway: "10.1.1.1" is no address of subnets'],
  [
    ['--subnet', '10.89.9.0/24', '--gateway', '10.89.9.255', 'new'],
    2,
    '"10.89.9.255" is no address of subnets',
  ],
  [['--mtu', '9', 'new'], 2, '--mtu: found "9"'],
])('create %j is refused, and nothing is made', async (args, code, words) => {
  const { exitCode, stderr } = await network('create', ...args);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(code);
  expect((await network('list', '--quiet')).stdout).toBe('left\nright\n');
});

test('a container that runs is attached to a network and taken off it, and is so when it starts again', async () => {
  const flags = ['--network', 'left', '--ip', '10.89.1.9', '--mac-address', '02:00:00:00:00:99'];
  expect((await host.sc('run', '-d', '--name', 'web', ...flags, './rootfs', 'sleep', '1000')).exitCode).toBe(
    0,
  );
  expect(await attached('left')).toMatchObject([
    {
      name: 'web',
      address: '02:00:00:00:00:99',
      addresses: ['10.89.1.9/24', expect.stringMatching(/^fd00:89:/)],
    },
  ]);
  await network('create', '--ipv6', 'third');
  expect((await network('connect', 'right', 'web')).stdout).toMatch(/^10\.200\.\d+\.\d+\/22\n$/);
  expect((await network('connect', '--ip', '10.200.4.7', 'third', 'web')).stdout).toMatch(
    /^10\.200\.4\.7\/22\nfd/,
  );
  expect(await interfacesIn('web')).toBe('eth0 eth1 eth2 lo ');
  expect(await routeOf('web')).toMatch(/^default via 10\.89\.1\.254 dev eth0/);

  // The way out goes to the next network that leads out.
  expect((await network('disconnect', 'left', 'web')).stdout).toBe('web\n');
  expect(await interfacesIn('web')).toBe('eth1 eth2 lo ');
  expect(await routeOf('web')).toMatch(/^default via 10\.200\.4\.1 dev eth2/);
  expect((await host.tables()).match(/inet sc\d-/g)).toHaveLength(2);

  expect((await host.sc('ps', '--quiet', '--no-trunc', '--filter', 'network=third')).stdout).not.toBe('');
  expect((await host.sc('ps', '--quiet', '--filter', 'network=left')).stdout).toBe('');
  expect((await host.sc('restart', '--time', '0', 'web')).exitCode).toBe(0);
  expect(await interfacesIn('web')).toBe('eth1 eth2 lo ');
  expect((await network('connect', 'left', 'web')).exitCode).toBe(0);
  expect(await interfacesIn('web')).toBe('eth0 eth1 eth2 lo ');
});

test.each([
  [['connect', 'left', 'web'], 1, 'it is attached to it already'],
  [['connect', 'nowhere', 'web'], 1, 'no network "nowhere"'],
  [['connect', 'left', 'nobody'], 1, 'no container "nobody"'],
  [['connect', '--ip', 'x', 'bridge', 'web'], 2, 'found x'],
  [['connect', '--ip', '10.1.1.1', 'bridge', 'web'], 2, '10.1.1.1 is not in 10.200.'],
  [['connect', '--mac', '01:00:00:00:00:01', 'bridge', 'web'], 2, 'no hardware address of one interface'],
  [['connect', '--alias', 'db', 'bridge', 'web'], 2, 'nobody finds a container by name there'],
  [['disconnect', 'bridge', 'web'], 1, 'it is not attached to it'],
  [['remove', 'left', 'nowhere'], 1, 'container "web", which is running, is attached to it'],
])('%j is refused, and nothing has changed', async (args, code, words) => {
  const before = await host.inspect('web');
  const { exitCode, stderr } = await network(...args);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(code);
  expect(await host.inspect('web')).toEqual(before);
  expect(await interfacesIn('web')).toBe('eth0 eth1 eth2 lo ');
});

test('a network by which ports are published is not left while they lead there', async () => {
  const flags = ['--network', 'left', '-p', '5000:80'];
  await host.sc('run', '-d', '--name', 'served', ...flags, './rootfs', 'sleep', '1000');
  const { exitCode, stderr } = await network('disconnect', 'left', 'served');
  expect(stderr).toContain('its ports are published by it');
  expect(exitCode).toBe(1);
  await host.sc('stop', '--time', '0', 'served');
  expect((await network('disconnect', 'left', 'served')).exitCode).toBe(0);
  await host.sc('delete', 'served');
});

test('an interface that cannot be made is not recorded, and its network is taken down', async () => {
  const { endpoints = [] } = await host.inspect('web');
  const tables = await host.tables();
  // Somebody in the container has the name that it would get.
  const pid = (await host.inspect('web')).init?.pid;
  await host.on('nsenter', '--net', '--target', String(pid), 'ip', 'link', 'add', 'eth3', 'type', 'bridge');
  const { exitCode, stderr } = await network('connect', 'bridge', 'web');
  expect(stderr).toContain('make interface "eth3"');
  expect(exitCode).toBe(1);
  expect((await host.inspect('web')).endpoints).toEqual(endpoints);
  expect(await attached('bridge')).toEqual([]);
  expect(await host.tables()).toBe(tables);
});

test('wherever a connect is killed, the same once more does the rest, and nothing is left', async () => {
  await host.sc('run', '-d', '--name', 'struck', '--network', 'left', './rootfs', 'sleep', '1000');
  const before = { interfaces: await interfacesIn('struck'), tables: await host.tables() };
  const connect = ['network', 'connect', 'bridge', 'struck'];
  const began = performance.now();
  expect((await host.sc(...connect)).exitCode).toBe(0);
  const seconds = (performance.now() - began) / 1000;
  for (let part = 1; part <= 6; part++) {
    if ((await attached('bridge')).length > 0) await network('disconnect', 'bridge', 'struck');
    expect(await interfacesIn('struck')).toBe(before.interfaces);
    expect(await host.tables()).toBe(before.tables);
    await host.on('timeout', '--signal', 'KILL', String((seconds * part) / 6), cli.executable, ...connect);
    if ((await attached('bridge')).length === 0) expect((await host.sc(...connect)).exitCode).toBe(0);
    expect((await host.inspect('struck')).endpoints).toHaveLength(2);
  }
  await host.sc('delete', '--force', 'struck');
  expect(await attached('bridge')).toEqual([]);
});

test('a network is removed when nobody is attached any more', async () => {
  await host.sc('stop', '--time', '0', 'web');
  expect((await network('remove', 'right')).stderr).toContain('which is stopped, is attached');
  await host.sc('delete', 'web');
  expect((await network('remove', 'left', 'nowhere')).stdout).toBe('left\n');
  expect((await network('prune')).stdout).toBe('right\nthird\n');
  expect((await network('list', '--quiet')).stdout).toBe('bridge\n');
});
