import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { frame } from '../../src/network/names/frames.ts';
import { eventually, killMonitor, makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';
import { queryOf } from '../support/name-query.ts';

const nameServer = join(import.meta.dirname, '../support/name-server.ts');

let cli: ReturnType<typeof makeCommandLine>;
let host: Awaited<ReturnType<typeof makeMachine>>;
let outside: ReturnType<typeof spawn>;
/** What the name server outside was asked. */
let asked = '';

beforeAll(async () => {
  cli = makeCommandLine();
  host = await makeMachine(cli);
  outside = spawn(
    'nsenter',
    ['--net', '--target', String(host.outside.pid), process.execPath, nameServer, '192.0.2.2'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  outside.stdout?.on('data', (bytes) => {
    asked += bytes;
  });
  await eventually(() => (asked.includes('ready') ? true : undefined));
});
beforeEach(() => {
  asked = '';
});
afterEach(async () => {
  await host.expectNothingLeft();
  await host.sc('network', 'prune');
});
afterAll(async () => {
  outside.kill('SIGKILL');
  await once(outside, 'exit');
  await host.remove();
  await cli.remove();
});

const sleep = ['sleep', '1000'];

async function run(name: string, network: string, ...more: string[]): Promise<string> {
  const given = ['--dns', '192.0.2.2', ...more, './rootfs', ...sleep];
  const { exitCode, stderr } = await host.sc('run', '-d', '--name', name, '--network', network, ...given);
  expect(stderr).toBe('');
  expect(exitCode).toBe(0);
  return addressOf(name);
}

async function addressOf(name: string): Promise<string> {
  const { endpoints = [] } = await host.inspect(name);
  return endpoints[0]?.addresses[0]?.replace(/\/.*/, '') ?? '';
}

/** The addresses that a container finds, as its own resolver sees it. */
async function found(from: string, name: string): Promise<string[]> {
  const { stdout } = await host.sc('exec', from, 'busybox', 'nslookup', '-type=a', name);
  return addressesIn(stdout);
}

/** Behind that of the server. */
function addressesIn(text: string): string[] {
  return [...text.replace(/^[\s\S]*?\n\n/, '').matchAll(/^Address(?: \d+)?:\s+([0-9a-f.:]+)/gm)].map(
    ([, address = '']) => address,
  );
}

/** Runs a program of Node in the network of a container. */
async function asContainer(name: string, program: string): Promise<string> {
  const { init } = await host.inspect(name);
  const modules = `const { createSocket } = require('node:dgram'); const { connect } = require('node:net');
    const { randomBytes } = require('node:crypto');`;
  const target = ['--net', '--target', String(init?.pid)];
  const { stdout } = await execa('nsenter', [...target, process.execPath, '-e', modules + program]);
  return stdout;
}

test('containers of a network find each other by name, alias and ID, also after restarts, and no others', async () => {
  await host.sc('network', 'create', 'left');
  await host.sc('network', 'create', '--ipv6', 'right');
  const db = await run('db', 'left', '--network-alias', 'store');
  const web = await run('web', 'left', '--network-alias', 'store');
  const other = await run('other', 'right');

  const { id } = await host.inspect('db');
  for (const name of ['db', 'DB', id.slice(0, 12)]) expect(await found('web', name)).toEqual([db]);
  expect((await found('web', 'store')).toSorted()).toEqual([db, web].toSorted());
  expect(await found('db', 'db')).toEqual([db]);
  expect(await found('other', 'db')).toEqual([]);
  expect(await found('other', 'other')).toEqual([other]);
  const back = await host.sc('exec', 'web', 'busybox', 'nslookup', db);
  expect(back.stdout).toMatch(/name = db$/m);
  const six = await host.sc('exec', 'other', 'busybox', 'nslookup', '-type=aaaa', 'other');
  expect(addressesIn(six.stdout)).toEqual([expect.stringMatching(/^fd/)]);
  // Who knows a name reaches whom it is of.
  expect((await host.sc('exec', 'web', 'busybox', 'ping', '-c', '1', '-W', '2', 'db')).stdout).toContain(
    `(${db})`,
  );

  await host.sc('restart', '-t', '0', 'db');
  expect(await found('web', 'db')).toEqual([db]);
  await host.sc('rename', 'db', 'data');
  expect(await found('web', 'data')).toEqual([db]);
  await host.sc('stop', '-t', '0', 'data');
  expect(await found('web', 'data')).toEqual([]);
  await host.sc('delete', 'data');
  const again = await run('data', 'left');
  expect(await found('web', 'data')).toEqual([again]);

  // Who is attached later is found at once.
  await host.sc('network', 'connect', '--alias', 'guest', 'left', 'other');
  const guest = (await host.inspect('other')).endpoints?.[1]?.addresses[0]?.replace(/\/.*/, '');
  expect(await found('web', 'guest')).toEqual([guest]);
  await host.sc('network', 'disconnect', 'left', 'other');
  expect(await found('web', 'guest')).toEqual([]);
});

test('what is no name of a neighbour is asked outside, and by who has no way out not at all', async () => {
  await host.sc('network', 'create', '--subnet', '10.89.42.0/24', 'open');
  await host.sc('network', 'create', '--internal', 'closed');
  await run('open', 'open');
  await run('closed', 'closed');
  expect(await found('open', 'www.example')).toEqual(['198.51.100.7']);
  const long = `
    const tcp = connect({ host: '10.89.42.1', port: 53, allowHalfOpen: true });
    let size = 0;
    tcp.on('data', (bytes) => (size += bytes.length)).on('end', () => console.log(size));
    tcp.end(Buffer.from('${frame(queryOf('long.example')).toString('hex')}', 'hex'));`;
  expect(await asContainer('open', long)).toBe(`${2 + queryOf('long.example').length + 60 * 16}`);
  expect(asked).toContain('www.example\n');
  asked = '';
  expect(await found('closed', 'secret.example')).toEqual([]);
  expect(await found('closed', 'closed')).toHaveLength(1);
  expect(asked).toBe('');
});

test('names are served for containers of the foreground, and again after the monitor is killed', async () => {
  await host.sc('network', 'create', 'left');
  const attached = host.on(
    ...[cli.executable, 'run', '--name', 'front', '--network', 'left', '--dns', '192.0.2.2'],
    ...['./rootfs', ...sleep],
  );
  const front = await eventually(async () => {
    const { stdout } = await host.sc('inspect', 'front');
    return stdout !== '' && JSON.parse(stdout).status === 'running' ? await addressOf('front') : undefined;
  });
  expect(await found('front', 'front')).toEqual([front]);
  await killMonitor(cli.root);
  await eventually(async () => ((await found('front', 'front')).includes(front) ? true : undefined));

  const back = await run('back', 'left');
  expect(await found('front', 'back')).toEqual([back]);
  await killMonitor(cli.root);
  await eventually(async () => ((await found('front', 'back')).includes(back) ? true : undefined));
  await host.sc('kill', 'front');
  await attached;
  const once = await host.sc('run', '--rm', '--network', 'left', './rootfs', 'busybox', 'nslookup', 'back');
  expect(addressesIn(once.stdout)).toContain(back);
});

test('a network that is made anew has its names at its new address, also after a start that failed', async () => {
  await host.sc('network', 'create', '--subnet', '10.89.43.0/24', 'left');
  const failed = await host.sc('run', '--rm', '--network', 'left', './rootfs', '/none');
  expect(failed.exitCode).toBe(127);
  expect((await host.sc('network', 'remove', 'left')).exitCode).toBe(0);
  await host.sc('network', 'create', '--subnet', '10.89.44.0/24', 'left');
  const web = await run('web', 'left');
  expect(await found('web', 'web')).toEqual([web]);
});

test('what is no question, or comes from elsewhere, has no answer and does no harm', async () => {
  await host.sc('network', 'create', '--subnet', '10.89.40.0/24', 'left');
  const web = await run('web', 'left');
  await asContainer(
    'web',
    `
    const udp = createSocket('udp4');
    for (let i = 0; i < 3000; i++) udp.send(randomBytes(i % 700), 53, '10.89.40.1');
    setTimeout(() => udp.close(), 100);
    for (let i = 0; i < 20; i++) {
      const tcp = connect(53, '10.89.40.1', () => tcp.write(randomBytes(70000)));
      tcp.on('error', () => tcp.destroy()).on('close', () => tcp.destroy()).resume();
    }`,
  );
  expect(await found('web', 'web')).toEqual([web]);
  await host.from('ip', 'route', 'replace', '10.89.40.0/24', 'via', '192.0.2.1');
  const stranger = await host.from('timeout', '3', 'busybox', 'nslookup', '-type=a', 'web', '10.89.40.1');
  expect(stranger.stdout).not.toContain(web);
  expect(stranger.exitCode).not.toBe(0);
});

test('a port that somebody has is told, and nothing is started', async () => {
  await host.sc('network', 'create', '--subnet', '10.89.41.0/24', 'left');
  const holder = spawn(
    'nsenter',
    ['--net', '--target', String(host.machine.pid), process.execPath, nameServer, '0.0.0.0'],
    { stdio: 'ignore' },
  );
  try {
    await eventually(async () =>
      (await host.on('ss', '-Hlnu', 'sport = 53')).stdout === '' ? undefined : true,
    );
    for (const how of [[], ['-d']]) {
      const { exitCode, stderr } = await host.sc(
        'run',
        ...how,
        '--rm',
        '--network',
        'left',
        './rootfs',
        'true',
      );
      expect(stderr).toContain(
        'serve the names of network "left" at 10.89.41.1, port 53: somebody has the port',
      );
      expect(exitCode).toBe(125);
    }
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
});
