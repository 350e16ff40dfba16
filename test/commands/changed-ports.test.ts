import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, killMonitor, makeCommandLine } from '../support/command-line.ts';
import { newNetwork } from '../support/machine.ts';

let cli: ReturnType<typeof makeCommandLine>;
/** Holds the network of a machine of its own, so that none of this one is touched. */
let machine: ChildProcess;

const within = (...command: string[]): [string, string[]] => [
  'nsenter',
  ['--net', '--target', String(machine.pid), ...command],
];
const on = (...command: string[]) => execa(...within(...command), { ...cli.options, cwd: cli.directory });
const sc = (...args: string[]) => on(cli.executable, ...args);
const ask = async (protocol: string, port: number) =>
  (await on('perl', 'echo-port.pl', 'ask', protocol, '127.0.0.1', String(port))).stdout.trim();
const inspect = async (name: string): Promise<ContainerState> =>
  JSON.parse((await sc('inspect', name)).stdout);
const elements = async () =>
  [...(await on('nft', 'list', 'ruleset')).stdout.matchAll(/^.*\. (?:tcp|udp|\d+) [.:].*$/gm)].map(String);
const program = ['perl', '/echo-port.pl', 'serve', '80', '81'];
const isServing = (name: string) =>
  eventually(async () => ((await sc('logs', name)).stdout.includes('serving') ? true : undefined));

/** A program of the machine that listens at a port, until the end of `use`. */
async function listening(port: number, use: (pid: number) => Promise<void>): Promise<void> {
  const holder = spawn(...within('busybox', 'nc', '-l', '-p', String(port)), { stdio: 'ignore' });
  await eventually(async () =>
    (await on('ss', '-Htln', `sport = :${port}`)).stdout !== '' ? true : undefined,
  );
  await use(holder.pid ?? 0);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
}

beforeAll(async () => {
  cli = makeCommandLine();
  copyFileSync(join(import.meta.dirname, '../support/echo-port.pl'), join(cli.directory, 'echo-port.pl'));
  machine = await newNetwork();
  const mount = ['-v', './echo-port.pl:/echo-port.pl:ro'];
  await sc('run', '-d', '--name', 'web', '--network', 'bridge', ...mount, 'host', ...program);
  await isServing('web');
});
afterAll(async () => {
  await sc('delete', '--all', '--force');
  expect((await on('nft', 'list', 'tables')).stdout).toBe('');
  machine.kill('SIGKILL');
  await once(machine, 'exit');
  await cli.remove();
});

test('ports are published and withdrawn while a container runs, and it does not notice', async () => {
  const before = await inspect('web');
  const { stderr, exitCode } = await sc('update', '--publish', '5000:80', '-p', '5000:80/udp', 'web');
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('sc: "web": 80/tcp is reached at 0.0.0.0:5000');
  expect(await ask('tcp', 5000)).toMatch(/ at 80$/);
  expect(await ask('udp', 5000)).toMatch(/ at 80$/);
  expect((await on('busybox', 'nc', '-l', '-p', '5000')).stderr).toContain('Address already in use');
  expect((await sc('port', 'web')).stdout).toContain('80/tcp -> 0.0.0.0:5000\n');
  const { init, ports } = await inspect('web');
  expect(init).toEqual(before.init);
  expect(ports).toHaveLength(2);

  // What stays has its socket and its rules all the while; what is at the same port leads elsewhere from now on.
  expect((await sc('update', '--unpublish', '5000:80', '-p', '5000:81', '-p', '80', 'web')).exitCode).toBe(0);
  expect(await ask('tcp', 5000)).toMatch(/ at 81$/);
  expect(await ask('udp', 5000)).toMatch(/ at 80$/);
  const free = (await inspect('web')).ports?.[2]?.hostPort ?? 0;
  expect(await ask('tcp', free)).toMatch(/ at 80$/);

  // What takes any port does not get one that goes.
  expect((await sc('update', '-p', '5005:80', 'web')).exitCode).toBe(0);
  expect((await sc('update', '--unpublish', '5005:80', '--unpublish', '81', 'web')).exitCode).toBe(0);
  for (const port of [5000, 5005]) expect(await ask('tcp', port)).toBe('refused');
  expect(await ask('tcp', free)).toMatch(/ at 80$/);
  await listening(5000, async () => undefined);
  expect((await sc('update', '--unpublish', '81', 'web')).stderr).toContain(
    'update "web": unpublish 81/tcp: it is not published',
  );
});

test('what was published is so after a restart, which says from where', async () => {
  const { ports, spec } = await inspect('web');
  expect(ports).toHaveLength(2);
  const restarted = await sc('restart', '--time', '0', 'web');
  expect(restarted.stderr).toContain('sc: "web": 80/udp is reached at 0.0.0.0:5000');
  const again = await inspect('web');
  expect(again.ports).toEqual(ports);
  expect(again.spec.network.ports).toEqual(spec.network.ports);
  await isServing('web');
  await eventually(async () => (/ at 80$/.test(await ask('udp', 5000)) ? true : undefined));

  await sc('stop', '--time', '0', 'web');
  await eventually(async () => ((await elements()).length === 0 ? true : undefined));
  expect(
    (await sc('update', '--unpublish', '80', '--unpublish', '80/udp', '-p', '5001:80', 'web')).exitCode,
  ).toBe(0);
  expect(await elements()).toEqual([]);
  expect((await sc('start', 'web')).stderr).toContain('80/tcp is reached at 0.0.0.0:5001');
  await eventually(async () => (/ at 80$/.test(await ask('tcp', 5001)) ? true : undefined));
});

test('a port that somebody has is refused, and all is as it was', async () => {
  const before = { elements: await elements(), state: await inspect('web') };
  await listening(5002, async (pid) => {
    const flags = ['--unpublish', '5001:80', '-p', '5003:80', '-p', '5002:80', '--pids-limit', '77'];
    const { stderr, exitCode } = await sc('update', ...flags, 'web');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`publish 0.0.0.0:5002/tcp: busybox (process ${pid}) has it`);
  });
  const narrower = await sc('update', '-p', '127.0.0.1:5001:80', 'web');
  expect(narrower.stderr).toContain('publish 127.0.0.1:5001/tcp: the container itself has it');
  expect(await elements()).toEqual(before.elements);
  expect(await inspect('web')).toEqual(before.state);
  await listening(5003, async () => undefined);
});

test('a monitor that is killed takes no port with it, and the next one publishes none twice', async () => {
  const before = { elements: await elements(), ports: (await inspect('web')).ports };
  await killMonitor(cli.root);
  expect(await ask('tcp', 5001)).toMatch(/ at 80$/);
  expect(await elements()).toEqual(before.elements);

  expect((await sc('restart', '--time', '0', 'web')).exitCode).toBe(0);
  expect((await inspect('web')).ports).toEqual(before.ports);
  expect(await elements()).toEqual(before.elements);
  await eventually(async () => (/ at 80$/.test(await ask('tcp', 5001)) ? true : undefined));
});

test('what has no network of its own that leads out publishes nothing', async () => {
  for (const network of ['none', 'host', 'container:web']) {
    await sc('run', '-d', '--name', 'alone', '--network', network, 'host', 'sleep', '1000');
    const { stderr, exitCode } = await sc('update', '-p', '5004:80', 'alone');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /update "alone": publish ports: network mode "(none|host|container)" publishes none/,
    );
    await sc('delete', '--force', 'alone');
  }
});

test('a container whose interface is gone publishes nothing, and holds no port', async () => {
  await sc('run', '-d', '--name', 'cut', '--network', 'bridge', '-p', '5016:80', 'host', 'sleep', '1000');
  const { endpoints: [place] = [], ports } = await inspect('cut');
  await on('ip', 'link', 'delete', place?.port ?? '');
  const { stderr, exitCode } = await sc('update', '-p', '5017:80', 'cut');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/update "cut": publish ports: its interface is gone.*\n.*sc restart cut/s);
  expect((await inspect('cut')).ports).toEqual(ports);
  expect((await elements()).filter((element) => element.includes('501'))).toEqual([]);
  expect((await on('ss', '-Htln', 'sport = :5017')).stdout).toBe('');
  await sc('delete', '--force', 'cut');
});

test('who sends to a port before it is published is led there from then on, and nowhere when it is withdrawn', async () => {
  const insist = spawn(...within('perl', 'echo-port.pl', 'insist', '127.0.0.1', '5005'), {
    cwd: cli.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(insist, 'close');
  const heard: string[] = [];
  insist.stdout.on('data', (bytes) => heard.push(String(bytes)));
  await eventually(async () => (heard.join('').startsWith('sent') ? true : undefined));
  await sc('update', '-p', '5005:80/udp', 'web');
  await ended;
  expect(heard.join('')).toMatch(/ at 80\n$/);
  await sc('update', '--unpublish', '80/udp', 'web');
  expect(await ask('udp', 5005)).toBe('refused');
});

test('sc apply publishes other ports in place, and makes the container anew where they are in the way of one another', async () => {
  const apply = async (ports: string) => {
    cli.write(
      'shop.yaml',
      `apiVersion: standard-container/v1
kind: Container
metadata: { name: shop }
image: host
network: { mode: bridge, ports: ${ports} }
process: { args: [perl, /echo-port.pl, serve, '80', '81'] }
signals: { stopSignal: SIGKILL }
mounts: [{ bind: ./echo-port.pl, target: /echo-port.pl, readOnly: true }]
`,
    );
    const { exitCode, stderr } = await sc('apply', 'shop.yaml');
    expect(exitCode, stderr).toBe(0);
    await isServing('shop');
    return { ...(await inspect('shop')), stderr };
  };
  const first = await apply("['6000:80']");
  expect((await sc('plan', 'shop.yaml')).exitCode).toBe(0);
  const second = await apply("['6000:81', '6001:80']");
  expect([second.id, second.init]).toEqual([first.id, first.init]);
  expect(second.stderr).toContain('"shop": 81/tcp is reached at 0.0.0.0:6000');
  expect(await ask('tcp', 6000)).toMatch(/ at 81$/);
  expect(await ask('tcp', 6001)).toMatch(/ at 80$/);

  const third = await apply("['127.0.0.1:6000:81']");
  expect(third.id).not.toBe(first.id);
  expect(await ask('tcp', 6000)).toMatch(/ at 81$/);
  expect(await ask('tcp', 6001)).toBe('refused');
  const fourth = await apply('[]');
  expect(fourth.id).toBe(third.id);
  expect(await ask('tcp', 6000)).toBe('refused');
  await sc('delete', '--force', 'shop');
});

test('wherever an update is killed, nobody is led where the record does not say so, and nothing is left', async () => {
  const before = await elements();
  const toggled = (port: number) => ['update', '-p', `${port}:80`, '--unpublish', '5001:80', 'web'];
  const back = (port: number) => ['update', '-p', '5001:80', '--unpublish', `${port}:80`, 'web'];
  // From its first system calls to its end: how long it takes is measured here.
  const began = performance.now();
  await sc(...toggled(7000));
  const took = performance.now() - began;
  await sc(...back(7000));
  for (let part = 1; part <= 6; part++) {
    const killed = spawn(...within(cli.executable, ...toggled(7000)), {
      ...cli.options,
      cwd: cli.directory,
      stdio: 'ignore',
    });
    await new Promise((resolve) => setTimeout(resolve, (took * part) / 6));
    killed.kill('SIGKILL');
    if (killed.exitCode === null && killed.signalCode === null) await once(killed, 'exit');
    const { ports = [] } = await inspect('web');
    const led = (await elements()).flatMap((line) => /tcp \. (\d+) :/.exec(line)?.[1] ?? []);
    for (const port of led) expect(ports.map(({ hostPort }) => String(hostPort))).toContain(port);
    // Whoever asks again has all of it done.
    const { exitCode, stderr } = await sc('update', '-p', '7000:80', 'web');
    expect(exitCode, stderr).toBe(0);
    expect(await ask('tcp', 7000)).toMatch(/ at 80$/);
    if ((await inspect('web')).ports?.some(({ hostPort }) => hostPort === 5001))
      await sc('update', '--unpublish', '7000:80', 'web');
    else expect((await sc(...back(7000))).exitCode).toBe(0);
    expect(await elements()).toEqual(before);
    await listening(7000, async () => undefined);
  }
});

describe('while a container waits to be started again', () => {
  const restarted = async (delay: string, ports = "['7100:80']"): Promise<ContainerState> => {
    cli.write(
      'again.yaml',
      `apiVersion: standard-container/v1
kind: Container
metadata: { name: again }
image: host
network: { mode: bridge, ports: ${ports} }
process: { args: [sleep, '1000'] }
monitor: { restart: { policy: always, delay: ${delay}, maxDelay: ${delay} } }
`,
    );
    const { exitCode, stderr } = await sc('apply', '--quiet', 'again.yaml');
    expect(exitCode, stderr).toBe(0);
    return inspect('again');
  };
  const end = async () => {
    const { init, startedAt } = await inspect('again');
    process.kill(init?.pid ?? 0, 'SIGKILL');
    await eventually(async () => {
      const now = await inspect('again');
      const isWaiting = now.status === 'stopped' && now.restarts?.nextAt !== undefined;
      return isWaiting || now.startedAt !== startedAt ? true : undefined;
    });
  };
  const expectHeld = async () => {
    expect((await on('busybox', 'nc', '-l', '-p', '7100')).stderr).toContain('Address already in use');
    const { stderr } = await sc('run', '--rm', '--network', 'bridge', '-p', '7100:80', 'host', 'true');
    expect(stderr).toContain('publish 0.0.0.0:7100/tcp: container "again" has it');
  };
  afterEach(async () => {
    await sc('delete', '--force', 'again');
  });

  test('nobody takes its ports, and nobody is led there', async () => {
    await restarted('1h');
    await end();
    await expectHeld();
    expect((await elements()).join()).not.toContain('7100');
    // Started by hand, it has the same one; and it is held once more when that run ends.
    expect((await sc('start', 'again')).stderr).toContain('80/tcp is reached at 0.0.0.0:7100');
    expect((await on('busybox', 'nc', '-l', '-p', '7100')).stderr).toContain('Address already in use');
    await end();
    await expectHeld();
  });

  test('nobody comes in between, however often it ends', async () => {
    await restarted('1ms');
    const thief = `my $taken; until ($taken = IO::Socket::INET->new(LocalPort => 7100, Listen => 1)) {
      select(undef, undef, undef, 0.0005) } print "taken"; sleep 1000`;
    const trying = spawn(...within('perl', '-MIO::Socket::INET', '-e', thief), { stdio: 'pipe' });
    let told = '';
    trying.stdout?.on('data', (words) => {
      told += words;
    });
    for (let count = 0; count < 3; count++) {
      await end();
      await eventually(async () => ((await inspect('again')).status === 'running' ? true : undefined));
    }
    trying.kill('SIGKILL');
    await once(trying, 'close');
    expect(told).toBe('');
    expect((await inspect('again')).ports?.[0]?.hostPort).toBe(7100);
  });

  test.each([
    ['it is stopped', ['stop', 'again']],
    ['it is deleted', ['delete', '--force', 'again']],
    ['they are withdrawn', ['update', '--unpublish', '7100:80', 'again']],
  ])('its ports are free again when %s', async (_, words) => {
    await restarted('1h');
    await end();
    expect((await sc(...words)).exitCode).toBe(0);
    await listening(7100, async () => undefined);
  });
});
