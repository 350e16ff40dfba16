import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Networks } from '../../src/network/networks.ts';
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
const ask = async (holder: ChildProcess, ...place: [protocol: string, address: string, port: number]) =>
  (await inNetwork(holder, 'perl', 'echo-port.pl', 'ask', ...place.map(String))).stdout.trim();
const inspect = async (name: string): Promise<ContainerState> =>
  JSON.parse((await sc('inspect', name)).stdout);
const elements = async () =>
  [...(await on('nft', 'list', 'ruleset')).stdout.matchAll(/^.*\. (?:tcp|udp|\d+) [.:].*$/gm)].map(String);

/** A container that answers at these ports of its own, and what the start has said. */
async function serve(name: string, ports: readonly number[], ...flags: string[]) {
  const program = ['perl', '/echo-port.pl', 'serve', ...ports.map(String)];
  const volume = ['-v', './echo-port.pl:/echo-port.pl:ro'];
  const started = await sc(
    'run',
    '-d',
    '--name',
    name,
    '--network',
    'bridge',
    ...volume,
    ...flags,
    'host',
    ...program,
  );
  if (started.exitCode === 0)
    await eventually(async () => ((await sc('logs', name)).stdout.includes('serving') ? true : undefined));
  return started;
}

beforeAll(async () => {
  cli = makeCommandLine();
  copyFileSync(join(import.meta.dirname, '../support/echo-port.pl'), join(cli.directory, 'echo-port.pl'));
  machine = await newNetwork();
  outside = await newNetwork();
  const to = String(outside.pid);
  // By the first interface the machine reaches all that is outside, by the second its neighbours alone.
  for (const [name, network] of [
    ['up0', '192.0.2'],
    ['lan0', '198.51.100'],
  ] as const) {
    await on('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', to);
    for (const [holder, end] of [
      [machine, 1],
      [outside, 2],
    ] as const) {
      await inNetwork(holder, 'ip', 'address', 'add', `${network}.${end}/24`, 'dev', name);
      await inNetwork(holder, 'ip', 'link', 'set', name, 'up');
    }
  }
  await on('ip', 'route', 'add', 'default', 'via', '192.0.2.2');
  for (const [holder, end] of [
    [machine, 1],
    [outside, 2],
  ] as const)
    await inNetwork(holder, 'ip', 'address', 'add', `2001:db8::${end}/64`, 'dev', 'up0', 'nodad');
  await on('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
  new Networks(cli.root).save({
    version: 1,
    name: 'bridge',
    bridge: 'sc0',
    address: '02:00:00:00:00:01',
    subnets: [
      { subnet: '10.200.0.0/22', gateway: '10.200.0.1' },
      { subnet: 'fd00:5c::/64', gateway: 'fd00:5c::1' },
    ],
    internal: false,
    mtu: 1500,
    labels: {},
    createdAt: '2024-05-01T12:00:00.000Z',
  });
});
afterAll(async () => {
  await sc('delete', '--all', '--force');
  for (const name of ['up0', 'lan0'])
    expect((await on('cat', `/proc/sys/net/ipv4/conf/${name}/forwarding`)).stdout).toBe('0\n');
  expect((await on('nft', 'list', 'tables')).stdout).toBe('');
  for (const holder of [machine, outside]) {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  await cli.remove();
});

test('a port is reached from loopback, from own addresses and from outside, by TCP, UDP and IPv6', async () => {
  const ports = [
    '5000:80',
    '5000:80/udp',
    ':8080',
    '80',
    '127.0.0.1:5001:80',
    '198.51.100.1::80',
    '9000-9001:80-81',
  ];
  const { stderr, exitCode } = await serve('web', [80, 81, 8080], ...ports.flatMap((port) => ['-p', port]));
  expect(exitCode, stderr).toBe(0);
  const { ports: chosen = [] } = await inspect('web');
  const [free, atLan] = [chosen[3]?.hostPort ?? 0, chosen[5]?.hostPort ?? 0];
  const own = (await inspect('web')).endpoints?.[0]?.gateways ?? [];

  // What comes from the loopback has the address of the bridge, and all else its own.
  expect(await ask(machine, 'tcp', '127.0.0.1', 5000)).toBe(`${own[0]} at 80`);
  expect(await ask(machine, 'udp', '127.0.0.1', 5000)).toBe(`${own[0]} at 80`);
  expect(await ask(machine, 'tcp', '192.0.2.1', 5000)).toBe('192.0.2.1 at 80');
  for (const protocol of ['tcp', 'udp']) {
    expect(await ask(outside, protocol, '192.0.2.1', 5000)).toBe('192.0.2.2 at 80');
    expect(await ask(outside, protocol, '198.51.100.1', 5000)).toBe('198.51.100.2 at 80');
    // Links of IPv6 are not ready as soon as they are up.
    await eventually(async () =>
      (await ask(outside, protocol, '2001:db8::1', 5000)) === '2001:db8::2 at 80' ? true : undefined,
    );
  }
  expect(await ask(machine, 'tcp', '2001:db8::1', 5000)).toBe('2001:db8::1 at 80');
  expect(await ask(outside, 'tcp', '192.0.2.1', 8080)).toBe('192.0.2.2 at 8080');
  expect(await ask(outside, 'tcp', '192.0.2.1', free)).toBe('192.0.2.2 at 80');
  expect(await ask(outside, 'tcp', '192.0.2.1', 9001)).toBe('192.0.2.2 at 81');

  // At single addresses, and nowhere else. From ::1 nobody is led anywhere, and hears so at once.
  expect(await ask(machine, 'tcp', '127.0.0.1', 5001)).toBe(`${own[0]} at 80`);
  expect(await ask(machine, 'tcp', '192.0.2.1', 5001)).toBe('refused');
  expect(await ask(outside, 'tcp', '192.0.2.1', 5001)).toBe('refused');
  expect(await ask(outside, 'tcp', '198.51.100.1', atLan)).toBe('198.51.100.2 at 80');
  expect(await ask(outside, 'tcp', '192.0.2.1', atLan)).toBe('refused');
  expect(await ask(machine, 'tcp', '::1', 5000)).toBe('refused');

  expect(stderr.split('\n').filter((line) => line.includes('is reached'))).toEqual([
    'sc: "web": 80/tcp is reached at 0.0.0.0:5000 and [::]:5000, from this machine and from whoever reaches it',
    'sc: "web": 80/udp is reached at 0.0.0.0:5000 and [::]:5000, from this machine and from whoever reaches it',
    'sc: "web": 8080/tcp is reached at 0.0.0.0:8080 and [::]:8080, from this machine and from whoever reaches it',
    `sc: "web": 80/tcp is reached at 0.0.0.0:${free} and [::]:${free}, from this machine and from whoever reaches it`,
    'sc: "web": 80/tcp is reached at 127.0.0.1:5001, from this machine alone',
    `sc: "web": 80/tcp is reached at 198.51.100.1:${atLan}, from this machine and from whoever reaches it`,
    'sc: "web": 80/tcp is reached at 0.0.0.0:9000 and [::]:9000, from this machine and from whoever reaches it',
    'sc: "web": 81/tcp is reached at 0.0.0.0:9001 and [::]:9001, from this machine and from whoever reaches it',
  ]);
});

test('sc port and sc ps show the ports of what runs', async () => {
  const { stdout } = await sc('port', 'web');
  expect(stdout).toContain('80/tcp -> 0.0.0.0:5000\n80/tcp -> [::]:5000\n80/udp -> 0.0.0.0:5000\n');
  expect(stdout).toContain('80/tcp -> 127.0.0.1:5001\n');
  const { ports } = await inspect('web');
  expect(JSON.parse((await sc('port', '--json', 'web')).stdout)).toMatchObject({ name: 'web', ports });
  expect((await sc('ps')).stdout).toMatch(/ago +0\.0\.0\.0:5000->80\/tcp, 0\.0\.0\.0:5000->80\/udp, /);
});

test('containers come by a published port to themselves and to their neighbours, but not to the loopback', async () => {
  const inside = async (name: string, address: string, port: number) =>
    (await sc('exec', name, 'perl', '/echo-port.pl', 'ask', 'tcp', address, String(port))).stdout.trim();
  await serve('neighbour', [90]);
  for (const name of ['web', 'neighbour']) {
    expect(await inside(name, '192.0.2.1', 5000)).toBe('10.200.0.1 at 80');
    expect(await inside(name, '10.200.0.1', 5000)).toBe('10.200.0.1 at 80');
  }
  // What the machine serves for itself alone, also where a route of the container leads there.
  const local = spawn(
    'nsenter',
    ['--net', '--target', String(machine.pid), 'perl', 'echo-port.pl', 'serve', '7001'],
    {
      cwd: cli.directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    await once(local.stdout, 'data');
    expect(await ask(machine, 'tcp', '127.0.0.1', 7001)).toBe('127.0.0.1 at 7001');
    const { init } = await inspect('neighbour');
    const attack = [
      'ip route add 127.0.0.1 via 10.200.0.1 dev eth0 table 7',
      'ip rule add pref 1 to 127.0.0.1 table 7; ip rule add pref 2 table local; ip rule del pref 0',
      'echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet',
      'perl echo-port.pl ask tcp 127.0.0.1 7001',
    ].join(' && ');
    const entered = ['--net', '--target', String(init?.pid), 'sh', '-c', attack];
    expect((await execa('nsenter', entered, { ...cli.options, cwd: cli.directory })).stdout).toBe('silent\n');
  } finally {
    local.kill('SIGKILL');
    await once(local, 'exit');
  }
  await sc('delete', '--force', 'neighbour');
});

test('a port that is taken is refused with who has it, and nothing is left', async () => {
  const before = await elements();
  const byContainer = await serve('second', [80], '-p', '6000:80', '-p', '5000:80');
  expect(byContainer.stderr).toContain('"second": publish 0.0.0.0:5000/tcp: container "web" has it');
  const holder = spawn(
    'nsenter',
    ['--net', '--target', String(machine.pid), 'busybox', 'nc', '-l', '-p', '6001'],
    {
      stdio: 'ignore',
    },
  );
  await eventually(async () => ((await on('ss', '-Htln', 'sport = :6001')).stdout !== '' ? true : undefined));
  const byProcess = await sc(
    'run',
    '--network',
    'bridge',
    '-p',
    '6001:80',
    '--name',
    'second',
    'host',
    'true',
  );
  expect(byProcess.stderr).toContain(`publish 0.0.0.0:6001/tcp: busybox (process ${holder.pid}) has it`);
  const range = await sc('run', '--rm', '--network', 'bridge', '-p', '5000-5000:80', 'host', 'true');
  expect(range.stderr).toContain('container "web" has it');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  for (const { exitCode } of [byContainer, byProcess, range]) expect(exitCode).toBe(125);
  expect((await sc('ps', '--all', '--quiet')).stdout.trim().split('\n')).toHaveLength(1);
  expect(await elements()).toEqual(before);

  const own = await sc(
    'run',
    '--rm',
    '--network',
    'bridge',
    '-p',
    '6002:80',
    '-p',
    '6002:81',
    'host',
    'true',
  );
  expect(own.stderr).toContain('--publish: port 6002/tcp is taken twice');
  const nowhere = await sc('run', '--rm', '--network', 'bridge', '-p', '203.0.113.9:80:80', 'host', 'true');
  expect(nowhere.stderr).toContain('publish 203.0.113.9:80/tcp: this machine has no address 203.0.113.9');
  const loopback6 = await sc('run', '--rm', '--network', 'bridge', '-p', '[::1]:6002:80', 'host', 'true');
  expect(loopback6.stderr).toContain(
    'what comes from ::1 cannot be led to another network: publish it at 127.0.0.1',
  );
  expect(await elements()).toEqual(before);
});

test('who is named has the port at that address, and not at another', async () => {
  expect((await serve('local', [80], '-p', '127.0.0.1:6003:80')).exitCode).toBe(0);
  const listen = `require('net').createServer().listen(6003, '192.0.2.1', () => console.log('ready'))`;
  const command = ['--net', '--target', String(machine.pid), process.execPath, '-e', listen];
  const holder = spawn('nsenter', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const second = ['--rm', '--network', 'bridge', '-p', '192.0.2.1:6003:80', 'host', 'true'];
  expect((await sc('run', ...second)).stderr).toContain(`(process ${holder.pid}) has it`);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await sc('delete', '--force', 'local');
});

test('of two that want one port at the same time exactly one gets it, and a range serves both', async () => {
  /** Three that want it; who has got it has it until so many have been refused. */
  const race = async (port: string, refused: number) => {
    let ended = 0;
    const flags = ['--rm', '--label', 'raced', '--network', 'bridge', '-p', port];
    const racing = [1, 2, 3].map(() =>
      sc('run', ...flags, 'host', 'sh', '-c', 'echo ran; exec sleep 1000').finally(() => {
        ended += 1;
      }),
    );
    await eventually(() => (ended === refused ? true : undefined));
    const { stdout } = await sc('ps', '--quiet', '--filter', 'label=raced');
    await sc('kill', ...stdout.trim().split('\n'));
    return Promise.all(racing);
  };
  const raced = await race('6010:80', 2);
  expect(raced.map(({ stdout }) => stdout).toSorted()).toEqual(['', '', 'ran\n']);
  const shared = await race('6011-6012:80', 1);
  expect(shared.map(({ stdout }) => stdout).toSorted()).toEqual(['', 'ran\n', 'ran\n']);
  const { stderr } = shared.find(({ stdout }) => stdout === '') ?? { stderr: '' };
  expect(stderr).toMatch(/publish one of the ports 6011-6012\/tcp: all are taken; container ".*" has 6011/);
});

test('a stopped container has no ports, and one that is started again those that it had', async () => {
  const { ports } = await inspect('web');
  const free = ports?.[3]?.hostPort ?? 0;
  await sc('restart', '--time', '0', 'web');
  expect((await inspect('web')).ports).toEqual(ports);
  await eventually(async () =>
    (await ask(outside, 'tcp', '192.0.2.1', free)) === '192.0.2.2 at 80' ? true : undefined,
  );
  await sc('stop', '--time', '0', 'web');
  // The monitor hears of the end on its own.
  await eventually(async () => ((await elements()).length === 0 ? true : undefined));
  expect(await ask(outside, 'tcp', '192.0.2.1', 5000)).toBe('refused');
  expect((await sc('port', 'web')).stdout).toBe('');

  // Somebody has taken the one that was chosen for it: it gets another, and the others as they were.
  const thief = spawn(
    'nsenter',
    ['--net', '--target', String(machine.pid), 'busybox', 'nc', '-l', '-p', String(free)],
    {
      stdio: 'ignore',
    },
  );
  await eventually(async () =>
    (await on('ss', '-Htln', `sport = :${free}`)).stdout !== '' ? true : undefined,
  );
  await sc('start', 'web');
  const again = (await inspect('web')).ports;
  expect(again?.[3]?.hostPort).not.toBe(free);
  expect(again?.filter((_, index) => index !== 3)).toEqual(ports?.filter((_, index) => index !== 3));
  thief.kill('SIGKILL');
  await once(thief, 'exit');
});

test('rules that somebody has flushed are there again with the next start, for all', async () => {
  await on('nft', 'flush', 'ruleset');
  expect((await serve('other', [80], '-p', '6020:80')).exitCode).toBe(0);
  expect(await ask(outside, 'tcp', '192.0.2.1', 6020)).toBe('192.0.2.2 at 80');
  await eventually(async () =>
    (await ask(outside, 'tcp', '192.0.2.1', 5000)) === '192.0.2.2 at 80' ? true : undefined,
  );
  await sc('delete', '--force', 'other');
});

test('nothing is left of a start that fails, of a keeper that is killed, or of an sc that is', async () => {
  const before = await elements();
  const program = ['run', '--rm', '--network', 'bridge', '-p', '6030:80', 'host'];
  expect((await sc(...program, 'no-such-program')).exitCode).toBe(127);
  expect(await elements()).toEqual(before);

  const running = sc(
    'run',
    '--name',
    'doomed',
    '--network',
    'bridge',
    '-p',
    '6030:80',
    'host',
    'sleep',
    '1000',
  );
  const { runner, keeper } = await eventually(async () => {
    const found = await sc('inspect', 'doomed');
    const state: ContainerState | undefined = found.exitCode === 0 ? JSON.parse(found.stdout) : undefined;
    return state?.status === 'running' ? state : undefined;
  });
  expect(await elements()).not.toEqual(before);
  process.kill(runner.pid, 'SIGKILL');
  await running;
  await eventually(async () => {
    const { stdout } = await sc(
      'ps',
      '--all',
      '--filter',
      'name=doomed',
      '--filter',
      'status=exited',
      '--quiet',
    );
    return stdout === '' ? undefined : true;
  });
  expect(await elements()).toEqual(before);
  await sc('delete', 'doomed');
  expect(keeper).toBeDefined();

  await sc('run', '-d', '--name', 'doomed', '--network', 'bridge', '-p', '6030:80', 'host', 'sleep', '1000');
  process.kill((await inspect('doomed')).keeper?.pid ?? 0, 'SIGKILL');
  await eventually(async () => ((await elements()).join() === before.join() ? true : undefined));
  expect((await sc('start', 'doomed')).exitCode).toBe(0);
  expect(await elements()).not.toEqual(before);
  await sc('delete', '--force', 'doomed');
  expect(await elements()).toEqual(before);
});

test('what an image says it listens at is published by -P', async () => {
  const directory = join(cli.directory, 'rootfs');
  await execa('tar', ['-cf', join(cli.directory, 'web.tar'), '-C', directory, '.']);
  const imported = await sc('image', 'import', 'web.tar', 'web', '--change', 'EXPOSE 80 53/udp');
  expect(imported.exitCode, imported.stderr).toBe(0);
  await sc(
    'run',
    '-d',
    '--name',
    'exposed',
    '--network',
    'bridge',
    '-P',
    '-p',
    '6040:80',
    'web',
    'sleep',
    '1000',
  );
  const { ports = [] } = await inspect('exposed');
  expect(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)).toEqual([
    '80/tcp',
    '53/udp',
  ]);
  expect(ports[0]?.hostPort).toBe(6040);
  await sc('delete', '--force', 'exposed');
});

test('sc plan says from where, and networks that lead nowhere publish nothing', async () => {
  const file = (network: string) => `apiVersion: standard-container/v1
kind: Job
metadata: { name: job }
image: ./rootfs
network: ${network}
process: { args: ['true'] }
`;
  cli.write('job.yaml', file("{ mode: bridge, ports: ['6050:80', '80/udp'] }"));
  const { stdout } = await sc('plan', 'job.yaml');
  expect(stdout).toContain(
    '80/tcp is reached at 0.0.0.0:6050 and [::]:6050, from this machine and from whoever',
  );
  expect(stdout).toContain('80/udp is reached at 0.0.0.0:a free port and');
  expect((await sc('plan', '--publish-address', '127.0.0.1', 'job.yaml')).stdout).toContain(
    '80/tcp is reached at 127.0.0.1:6050, from this machine alone',
  );
  for (const mode of ['none', 'host', 'container:web']) {
    cli.write('job.yaml', file(`{ mode: '${mode}', ports: ['6050:80'] }`));
    const { exitCode, stderr } = await sc('validate', 'job.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`network mode "${mode}" publishes no ports`);
  }
  // A network of the file, which is not there yet, and one that is.
  const closed = `apiVersion: standard-container/v1
kind: Network
metadata: { name: closed }
internal: true
---
`;
  const words = ': network "closed" ends at this machine (internal); attach it to one that does not';
  cli.write('job.yaml', closed + file("{ networks: [{ name: closed }], ports: ['6050:80'] }"));
  expect((await sc('plan', 'job.yaml')).stderr).toContain(words);
  await sc('network', 'create', '--internal', 'closed');
  await sc('network', 'create', '--internal', 'shut');
  const run = ['run', '--rm', '-p', '6050:80'];
  const refused = await sc(...run, '--network', 'closed', 'host', 'true');
  expect(refused.exitCode).toBe(125);
  expect(refused.stderr).toContain(words);
  expect((await sc(...run, '--network', 'closed', '--network', 'shut', 'host', 'true')).stderr).toContain(
    'networks "closed" and "shut" end at this machine',
  );
  await sc('network', 'remove', 'closed', 'shut');
  expect((await sc('run', '--rm', '--network', 'bridge', '-p', '80/sctp', 'host', 'true')).exitCode).toBe(
    125,
  );
});
