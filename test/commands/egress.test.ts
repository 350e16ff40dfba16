import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually, killMonitor, makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';

const nameServer = join(import.meta.dirname, '../support/name-server.ts');

/** What listens outside, at each of its addresses. */
const PORT = 8000;

let cli: ReturnType<typeof makeCommandLine>;
let host: Awaited<ReturnType<typeof makeMachine>>;
const outside: ReturnType<typeof spawn>[] = [];

beforeAll(async () => {
  cli = makeCommandLine();
  host = await makeMachine(cli);
  // Names end in .example and lead to 198.51.100.7; 192.0.2.3 and 2001:db8::3 have no name.
  await host.from(
    'sh',
    '-ec',
    'ip address add 198.51.100.7/32 dev lo; ip address add 192.0.2.3/32 dev lo; ip address add 2001:db8::3/128 dev lo',
  );
  await host.on('ip', '-6', 'route', 'add', '2001:db8::3/128', 'via', '2001:db8::2');
  await host.on('ip', 'route', 'add', '192.0.2.3/32', 'via', '192.0.2.2');
  const server = `require('net').createServer((socket) => socket.end('hello')).listen(${PORT}, '::', () => console.log('ready'))`;
  for (const args of [
    [nameServer, '192.0.2.2'],
    ['-e', server],
  ]) {
    const child = spawn(
      'nsenter',
      ['--net', '--target', String(host.outside.pid), process.execPath, ...args],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    outside.push(child);
    await once(child.stdout, 'data');
  }
});
afterEach(async () => {
  await host.expectNothingLeft();
  await host.sc('network', 'prune');
});
afterAll(async () => {
  for (const child of outside) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await host.remove();
  await cli.remove();
});

async function start(egress: string[], name = 'web'): Promise<void> {
  const file = join(cli.directory, `${name}.json`);
  const container = {
    ...{ apiVersion: 'standard-container/v1', kind: 'Container', metadata: { name }, image: './rootfs' },
    network: { networks: [{ name: 'left' }], dns: { servers: ['192.0.2.2'] }, egress },
    process: { args: ['sleep', '1000'] },
  };
  writeFileSync(file, JSON.stringify(container));
  const { exitCode, stderr } = await host.sc('apply', '-f', file);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
}

/** What a container hears at an address or name. */
async function heard(at: string, from = 'web'): Promise<string> {
  const { stdout, stderr } = await host.sc('exec', from, 'busybox', 'nc', '-w', '5', at, String(PORT));
  return stdout || stderr.trim();
}

test('a container reaches the addresses and names that it may, and no others, also when it is started again', async () => {
  await host.sc('network', 'create', '--ipv6', 'left');
  await start(['192.0.2.2', '2001:db8::3', 'www.example', '*.sub.example']);
  const lookAround = async () => {
    expect(await heard('192.0.2.2')).toBe('hello');
    expect(await heard('2001:db8::3')).toBe('hello');
    // It is refused, and not silently lost.
    expect(await heard('192.0.2.3')).toMatch(/No route to host|unreachable|denied/);
    expect(await heard('2001:db8::2')).toMatch(/No route to host|unreachable|denied/);
    expect(await heard('198.51.100.7')).toMatch(/No route to host|unreachable|denied/);
    expect(await heard('www.example')).toBe('hello');
    // As long as its name leads there.
    expect(await heard('198.51.100.7')).toBe('hello');
  };
  await lookAround();
  await host.sc('restart', '-t', '0', 'web');
  await lookAround();
  await host.sc('restart', '-t', '0', 'web');
  expect(await heard('a.sub.example')).toBe('hello');
});

test('names that it may not reach are refused, and other name servers are out of reach', async () => {
  await host.sc('network', 'create', 'left');
  await start(['192.0.2.0/24', 'www.example']);
  const asked = async (...args: string[]) =>
    (await host.sc('exec', 'web', 'busybox', 'nslookup', '-type=a', ...args)).stdout;
  expect(await asked('www.example')).toContain('198.51.100.7');
  for (const name of ['secret.example', 'sub.www.example', 'example'])
    expect(await asked(name)).toMatch(/REFUSED|Refused/);
  expect(await asked('web')).toMatch(/^Address.*10\./m);
  expect(await asked('www.example', '192.0.2.2')).not.toContain('198.51.100.7');
});

test('it holds while there is no monitor, and the next one lets through what names lead to', async () => {
  await host.sc('network', 'create', 'left');
  await start(['192.0.2.2', 'www.example']);
  const target = String((await host.inspect('web')).init?.pid);
  // No command of sc, which would have a monitor started.
  const reached = async (address: string) =>
    (await host.on('nsenter', '--net', '--target', target, 'busybox', 'nc', '-w', '5', address, `${PORT}`))
      .stdout;
  await killMonitor(cli.root);
  expect(await reached('192.0.2.2')).toBe('hello');
  for (const address of ['192.0.2.3', '198.51.100.7']) expect(await reached(address)).toBe('');

  await host.sc('run', '-d', '--name', 'other', '--network', 'left', './rootfs', 'sleep', '1000');
  for (const address of ['192.0.2.3', '198.51.100.7']) expect(await reached(address)).toBe('');
  expect(await heard('secret.example')).toMatch(/bad address|not known|Name/);
  expect(await reached('198.51.100.7')).toBe('');
  expect(await heard('www.example')).toBe('hello');
  expect(await reached('198.51.100.7')).toBe('hello');
  expect(await reached('192.0.2.3')).toBe('');
});

test('who joins its network reaches no more, and does not join with what could make him another', async () => {
  await host.sc('network', 'create', 'left');
  await start(['192.0.2.2']);
  const join = (from: string, name: string, ...flags: string[]) => {
    const args = ['--name', name, '--network', `container:${from}`, ...flags, './rootfs', 'sleep', '1000'];
    return host.sc('run', '-d', ...args);
  };
  expect((await join('web', 'guest')).exitCode).toBe(0);
  expect(await heard('192.0.2.2', 'guest')).toBe('hello');
  expect(await heard('192.0.2.3', 'guest')).toMatch(/No route to host|unreachable|denied/);
  for (const from of ['web', 'guest'])
    for (const capability of ['NET_RAW', 'NET_ADMIN', 'ALL'])
      expect(await join(from, 'disguised', '--userns', 'host', '--cap-add', capability)).toMatchObject({
        exitCode: 125,
        stderr: expect.stringMatching(/CAP_NET_(RAW|ADMIN) is a way round/),
      });
});

test('what the machine serves is out of reach, and neighbours are not; who has no list reaches all', async () => {
  await host.sc('network', 'create', '--subnet', '10.89.50.0/24', 'left');
  await host.sc('network', 'create', '--subnet', '10.89.51.0/24', 'right');
  await start([]);
  const open = ['--network', 'left', '--name', 'open', './rootfs', 'busybox', 'nc', '-ll', '-p', `${PORT}`];
  await host.sc('run', '-d', ...open, '-e', 'echo', 'hello');
  const machine = spawn(
    'nsenter',
    [
      ...['--net', '--target', String(host.machine.pid), process.execPath, '-e'],
      `require('net').createServer((socket) => socket.end('hello')).listen(${PORT}, '::', () => console.log('ready'))`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await once(machine.stdout, 'data');
    await eventually(async () => ((await heard('open')).includes('hello') ? true : undefined));
    for (const address of ['10.89.50.1', '192.0.2.1']) {
      expect(await heard(address)).toMatch(/No route to host|unreachable|denied/);
      expect(await heard(address, 'open')).toBe('hello');
    }
    expect(await heard('192.0.2.3', 'open')).toBe('hello');
    // Another interface is no way out.
    expect((await host.sc('network', 'connect', 'right', 'web')).exitCode).toBe(0);
    expect(await heard('192.0.2.3')).toMatch(/No route to host|unreachable|denied/);
    await host.sc('network', 'disconnect', 'left', 'web');
    expect(await heard('192.0.2.3')).toMatch(/No route to host|unreachable|denied/);
    expect((await host.sc('network', 'disconnect', 'right', 'web')).exitCode).toBe(0);
  } finally {
    machine.kill('SIGKILL');
    await once(machine, 'exit');
  }
});

test('what holds a container goes with it, also where its record cannot be read; what holds others stays', async () => {
  await host.sc('network', 'create', 'left');
  for (const [name, port] of [
    ['web', 6000],
    ['open', 6001],
  ] as const) {
    await start([], name);
    expect((await host.sc('update', '--publish', `${port}:80`, name)).exitCode).toBe(0);
  }
  const [web, open] = [await host.inspect('web'), await host.inspect('open')];
  const rules = async () => (await host.on('nft', 'list', 'ruleset')).stdout;
  const tableOf = ({ id }: typeof web) => `sc-egress-${id.slice(0, 32)}`;
  for (const words of [tableOf(web), '. 6000 :', tableOf(open), '. 6001 :'])
    expect(await rules()).toContain(words);
  writeFileSync(join(cli.root, 'containers', web.id, 'state.json'), '{');
  expect((await host.sc('delete', '--force', web.id)).exitCode).toBe(0);
  for (const words of [tableOf(web), '. 6000 :']) expect(await rules()).not.toContain(words);
  for (const words of [tableOf(open), '. 6001 :']) expect(await rules()).toContain(words);
});
