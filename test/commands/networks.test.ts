import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';

let cli: ReturnType<typeof makeCommandLine>;
let host: Awaited<ReturnType<typeof makeMachine>>;

beforeAll(async () => {
  cli = makeCommandLine();
  host = await makeMachine(cli);
});
afterEach(async () => {
  await host.expectNothingLeft();
  expect(await host.setting('net/ipv4/conf/up0/forwarding')).toBe('0');
  expect(await host.setting('net/ipv6/conf/all/forwarding')).toBe('0');
  expect(await host.setting('net/ipv6/conf/up0/accept_ra')).toBe('1');
});
afterAll(async () => {
  await host.remove();
  await cli.remove();
});

const head = '---\napiVersion: standard-container/v1';
const network = (name: string, more = '') => `${head}
kind: Network
metadata: { name: ${name} }
${more}
`;
const container = (name: string, networkOf: string, args: readonly string[]) => `${head}
kind: Container
metadata: { name: ${name} }
image: ./rootfs
network: ${networkOf}
process: { args: ${JSON.stringify(args)} }
`;
const server = ['sh', '-c', 'while :; do nc -l -p 80 -e hostname; done'];

test('a file makes its networks and attaches its containers to them', async () => {
  cli.write(
    'two.yaml',
    network('front', 'ipv6: true') +
      network('back', 'subnets: [10.89.7.0/24]\ngateway: 10.89.7.254\ninternal: true\nmtu: 1400') +
      container(
        'both',
        '{ hostname: both, networks: [{ name: back, addresses: [10.89.7.7], mac: "02:AA:00:00:00:07" }, { name: front }] }',
        server,
      ) +
      container('one', '{ mode: front }', ['sleep', '1000']),
  );
  expect((await host.sc('plan', 'two.yaml')).stdout).toMatch(
    /1\. createNetwork front: there is none[\s\S]*2\. createNetwork back: there is none/,
  );
  const explained = await host.sc('plan', '--syscalls', 'two.yaml');
  expect(explained.stdout).toContain('give "eth0" 10.89.7.7/24');
  expect((await host.sc('apply', 'two.yaml')).exitCode).toBe(0);

  const { endpoints = [] } = await host.inspect('both');
  expect(endpoints).toMatchObject([
    {
      network: 'back',
      interface: 'eth0',
      address: '02:aa:00:00:00:07',
      addresses: ['10.89.7.7/24'],
      gateways: [],
      mtu: 1400,
    },
    {
      network: 'front',
      interface: 'eth1',
      addresses: [expect.stringMatching(/^10\.200\./), expect.stringMatching(/^fd.*\/64$/)],
      gateways: ['10.200.0.1', expect.stringMatching(/^fd.*::1$/)],
    },
  ]);
  // All that has no other way goes out by the first that leads out.
  const { stdout } = await host.sc(
    'exec',
    'both',
    'sh',
    '-c',
    'ip route; ip -6 route; ip link show eth0; cat /etc/hosts',
  );
  expect(stdout).toMatch(/^default via 10\.200\.0\.1 dev eth1/m);
  expect(stdout).toMatch(/^default via fd\S+ dev eth1/m);
  expect(stdout).toMatch(/mtu 1400[\s\S]*02:aa:00:00:00:07/);
  expect(stdout).toContain('10.89.7.7\tboth\n');
  for (const address of endpoints[1]?.addresses ?? []) {
    const reach = `until nc ${address.replace(/\/.*/, '')} 80; do sleep 0.05; done`;
    expect((await host.sc('exec', 'one', 'sh', '-c', reach)).stdout).toBe('both\n');
  }

  // What is as the file says is not touched, and what is otherwise is told.
  expect((await host.sc('plan', 'two.yaml')).exitCode).toBe(0);
  cli.write('other.yaml', network('back', 'internal: true\nmtu: 9000'));
  const other = await host.sc('apply', 'other.yaml');
  expect(other.exitCode).toBe(1);
  expect(other.stderr).toContain('network "back" is there, with mtu 1400 where the file says 9000');
});

test('containers of different networks do not reach each other, nor one of an internal network the outside', async () => {
  cli.write(
    'apart.yaml',
    network('left', 'subnets: [10.89.1.0/24]') +
      network('right', 'subnets: [10.89.2.0/24]') +
      network('closed', 'subnets: [10.89.3.0/24]\ninternal: true') +
      container('left', '{ networks: [{ name: left, addresses: [10.89.1.9] }] }', server) +
      container('right', '{ mode: right }', ['sleep', '1000']) +
      container('closed', '{ mode: closed }', ['sleep', '1000']),
  );
  expect((await host.sc('apply', 'apart.yaml')).exitCode).toBe(0);
  const reaches = async (name: string, address: string) =>
    (await host.sc('exec', name, 'busybox', 'nc', '-w', '1', address, '80')).exitCode === 0;
  await host.on('sh', '-c', 'until busybox nc 10.89.1.9 80; do sleep 0.05; done');
  expect(await reaches('right', '10.89.1.9')).toBe(false);
  expect(await reaches('closed', '10.89.1.9')).toBe(false);
  const outside = host.from('timeout', '50', 'busybox', 'nc', '-l', '-p', '80', '-e', 'hostname');
  await eventually(async () =>
    (await host.from('ss', '-Htln', 'sport = :80')).stdout === '' ? undefined : true,
  );
  expect(await reaches('closed', '192.0.2.2')).toBe(false);
  expect(await reaches('right', '192.0.2.2')).toBe(true);
  await outside;
});

test('by IPv6 a container reaches the outside with the address of the machine', async () => {
  cli.write('six.yaml', network('six', 'ipv6: true') + container('six', '{ mode: six }', ['sleep', '1000']));
  expect((await host.sc('apply', 'six.yaml')).exitCode).toBe(0);
  const outside = host.from(
    'timeout',
    '50',
    'busybox',
    'nc',
    '-l',
    '-p',
    '7000',
    '-e',
    'ss',
    '-Htn',
    'sport = :7000',
  );
  const { stdout } = await host.sc(
    'exec',
    'six',
    'sh',
    '-c',
    'until nc 2001:db8::2 7000; do sleep 0.05; done',
  );
  expect(stdout).toMatch(/\[2001:db8::2\]:7000 +\[2001:db8::1\]:/);
  await outside;
  // Its own routers are believed all the same.
  expect(await host.setting('net/ipv6/conf/up0/accept_ra')).toBe('2');
});

test.each([
  ['{ mode: nowhere }', 1, 'there is no network "nowhere"', 'sc network create nowhere'],
  [
    '{ networks: [{ name: left, addresses: [192.0.2.9] }] }',
    2,
    '192.0.2.9 is not in 10.89.1.0/24',
    'choose another',
  ],
  ['{ networks: [{ name: left, addresses: [10.89.1.1] }] }', 2, '10.89.1.1 is that of the bridge', ''],
  ['{ networks: [{ name: left, addresses: [10.89.1.255] }] }', 2, '10.89.1.255 goes to all of', ''],
])('%s is refused, and nothing is left', async (networkOf, code, words, hint) => {
  cli.write('bad.yaml', container('bad', networkOf, ['true']));
  const { exitCode, stderr } = await host.sc('apply', 'bad.yaml');
  expect(stderr).toContain(words);
  expect(stderr).toContain(hint);
  expect(exitCode).toBe(code);
  expect((await host.sc('ps', '--all', '--quiet')).stdout).toBe('');
});

test('a range that the machine or another network has is refused, and nothing is recorded', async () => {
  for (const [subnet, holder] of [
    ['192.0.2.0/25', 'route of this machine to 192.0.2.0/24 over up0'],
    ['10.89.1.0/25', 'network "left" (10.89.1.0/24)'],
  ] as const) {
    cli.write('range.yaml', network('second', `subnets: [${subnet}]`));
    const { exitCode, stderr } = await host.sc('apply', 'range.yaml');
    expect(stderr).toContain(`make network "second": ${subnet} overlaps the ${holder}`);
    expect(exitCode).toBe(1);
    expect(cli.exists('store/networks/second')).toBe(false);
  }
});

test('where a tunnel has two halves of all addresses, networks have theirs and lead out by it', async () => {
  await host.on(
    'sh',
    '-ec',
    `ip link add tunnel0 type veth peer name tunnel1; ip link set tunnel0 up
    for half in 0.0.0.0/1 128.0.0.0/1; do ip route add $half dev tunnel0; done`,
  );
  try {
    const forwarding = () => host.setting('net/ipv4/conf/tunnel0/forwarding');
    await host.sc('run', '-d', '--name', 'web', '--network', 'bridge', './rootfs', 'sleep', '1000');
    expect((await host.inspect('web')).endpoints?.[0]?.addresses[0]).toMatch(/^10\.200\./);
    expect(await forwarding()).toBe('1');
    await host.sc('delete', '--force', 'web');
    expect(await forwarding()).toBe('0');
  } finally {
    await host.on('ip', 'link', 'delete', 'tunnel0');
  }
});

test('where all addresses of a network are taken nobody else is attached, until one is given up', async () => {
  expect((await host.sc('network', 'create', '--subnet', '10.89.77.0/30', 'small')).stderr).toBe('');
  const run = (name: string, ...flags: string[]) =>
    host.sc('run', '-d', '--name', name, '--network', 'small', ...flags, './rootfs', 'sleep', '1000');
  expect((await run('only')).stderr).toBe('');
  const { exitCode, stderr } = await run('next', '-p', '5000:80');
  expect(stderr).toMatch(
    /attach to network "small": all addresses of 10\.89\.77\.0\/30 are taken\n.*sc ps --all/s,
  );
  expect(exitCode).toBe(125);
  expect((await host.sc('inspect', 'next')).stderr).toContain('no container "next"');
  await host.sc('delete', '--force', 'only');
  expect((await run('next')).exitCode).toBe(0);
  await host.sc('delete', '--force', 'next');
  expect((await host.sc('network', 'remove', 'small')).exitCode).toBe(0);
});

test('rules that somebody has flushed are there again with the next start in their network', async () => {
  await host.sc('network', 'create', 'flushed');
  const first = ['--name', 'first', '--network', 'flushed', '-p', '5000:80', './rootfs', 'sleep', '1000'];
  expect((await host.sc('run', '-d', ...first)).exitCode).toBe(0);
  const rules = async () =>
    (await host.on('nft', '--stateless', 'list', 'ruleset')).stdout.split('\n').toSorted();
  const before = await rules();
  expect(before.join()).toContain('5000');
  await host.on('nft', 'flush', 'ruleset');
  expect((await host.sc('run', '--rm', '--network', 'flushed', './rootfs', 'true')).exitCode).toBe(0);
  expect(await rules()).toEqual(before);
  await host.sc('delete', '--force', 'first');
  expect((await host.sc('network', 'remove', 'flushed')).exitCode).toBe(0);
});

test('an address that another container has is refused with who has it', async () => {
  const wanted = '{ networks: [{ name: left, addresses: [10.89.1.9] }] }';
  cli.write('taken.yaml', container('aa', wanted, ['sleep', '1000']) + container('bb', wanted, ['true']));
  const { exitCode, stderr } = await host.sc('apply', 'taken.yaml');
  expect(stderr).toMatch(/attach to network "left": container [0-9a-f]{12} has 10\.89\.1\.9/);
  expect(exitCode).toBe(1);
  expect((await host.sc('inspect', 'bb')).stderr).toContain('no container "bb"');
});

test('while packets are passed on, the uplink does not lead to other networks of the machine', async () => {
  // Without IPv6 it sends nothing by itself.
  const lan = `ip link add lan0 type veth peer name lan1
    for name in lan0 lan1; do echo 1 > /proc/sys/net/ipv6/conf/$name/disable_ipv6; ip link set $name up; done
    ip address add 203.0.113.1/24 dev lan0
    ip neighbour add 203.0.113.9 lladdr 02:00:00:00:00:09 dev lan0`;
  await host.on('sh', '-ec', lan);
  const sent = async () => (await host.on('sh', '-c', 'grep lan0: /proc/net/dev')).stdout;
  await host.from('ip', 'route', 'add', '203.0.113.0/24', 'via', '192.0.2.1');
  try {
    await host.sc('run', '-d', '--name', 'web', '--network', 'bridge', './rootfs', 'sleep', '1000');
    expect(await host.setting('net/ipv4/conf/up0/forwarding')).toBe('1');
    const knock = () => host.from('busybox', 'nc', '-w', '1', '203.0.113.9', '80');
    const before = await sent();
    await knock();
    expect(await sent()).toBe(before);
    // Who makes a router of the machine meanwhile decides: nothing of that is taken back.
    await host.on('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    await host.sc('delete', '--force', 'web');
    expect(await host.setting('net/ipv4/conf/up0/forwarding')).toBe('1');
    await knock();
    expect(await sent()).not.toBe(before);
  } finally {
    await host.on('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_forward; ip link delete lan0');
  }
});

test('two networks, and containers that start in them at once', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
  const started = await Promise.all(
    names.map((name, index) =>
      host.sc(
        'run',
        '-d',
        '--name',
        name,
        '--network',
        index % 2 ? 'left' : 'right',
        './rootfs',
        'sleep',
        '1000',
      ),
    ),
  );
  expect(started.map(({ exitCode }) => exitCode)).toEqual(names.map(() => 0));
  const states = await Promise.all(names.map(host.inspect));
  const addresses = states.flatMap(({ endpoints = [] }) =>
    endpoints.flatMap((endpoint) => endpoint.addresses),
  );
  expect(new Set(addresses).size).toBe(8);
});

test('who deletes by a file deletes its networks too, but for those that another is attached to', async () => {
  cli.write(
    'two.yaml',
    network('outer') +
      network('inner') +
      container('both', '{ networks: [{ name: outer }, { name: inner }] }', server),
  );
  cli.write('nets.yaml', network('outer') + network('inner'));
  expect((await host.sc('apply', 'two.yaml')).exitCode).toBe(0);
  await host.sc('run', '-d', '--name', 'guest', '--network', 'inner', './rootfs', 'sleep', '1000');
  const names = async () => (await host.sc('network', 'list', '--quiet')).stdout.match(/^(inner|outer)$/gm);

  // What runs is not deleted, and keeps its networks.
  const refused = await host.sc('delete', '--file', 'two.yaml');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('delete "both": it is running');
  expect(await names()).toEqual(['inner', 'outer']);

  const { exitCode, stdout, stderr } = await host.sc('delete', '--force', '--file', 'two.yaml');
  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 0, stdout: 'both\n' });
  expect(stderr).toContain('container "guest", which is running, is attached to it: it stays');
  expect(await names()).toEqual(['inner']);
  await host.sc('stop', '-t', '0', 'guest');
  expect((await host.sc('delete', '--file', 'nets.yaml')).stderr).toContain('guest');
  await host.sc('delete', 'guest');
  expect(JSON.parse((await host.sc('delete', '--json', '--file', 'nets.yaml')).stdout)).toEqual({
    containers: [],
    networks: ['inner'],
    failures: [],
  });
  expect(await host.sc('delete', '--file', 'nets.yaml')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});

test('of a network whose record cannot be read nothing is left either', async () => {
  await host.sc('network', 'create', 'torn');
  await host.sc(
    'run',
    '-d',
    '--name',
    'last',
    '--network',
    'torn',
    '-p',
    '5000:80',
    './rootfs',
    'sleep',
    '1000',
  );
  writeFileSync(join(cli.root, 'networks/torn/network.json'), '{');
  expect((await host.sc('delete', '--force', 'last')).exitCode).toBe(0);
  expect(await host.tables()).toBe('');
  expect(await host.links()).toEqual(['lo', 'up0']);
  expect((await host.sc('network', 'prune')).exitCode).toBe(0);
  expect((await host.sc('network', 'remove', 'torn')).exitCode).toBe(0);
});
