import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { newNetwork } from '../support/machine.ts';

/** A Debian with nginx. */
const image = join(import.meta.dirname, '../../rootfs/site');
const echoPort = join(import.meta.dirname, '../support/echo-port.pl');

let cli: ReturnType<typeof makeCommandLine>;
/** Holds the network of a machine of its own, so that none of this one is touched. */
let machine: ChildProcess;

const within = (...command: string[]): [string, string[]] => [
  'nsenter',
  ['--net', '--target', String(machine.pid), ...command],
];
let backend: string;
const on = (...command: string[]) => {
  const env = { ...cli.options.env, SC_BACKEND: backend };
  return execa(...within(...command), { ...cli.options, cwd: cli.directory, env });
};
const sc = (...args: string[]) => on(cli.executable, ...args);
const fetched = async (port: number) =>
  (await on('busybox', 'wget', '-q', '-O', '-', `http://127.0.0.1:${port}/`)).stdout;
const interfaces = async () => (await on('ip', '-o', 'link')).stdout;

beforeAll(async () => {
  cli = makeCommandLine();
  mkdirSync(join(cli.directory, 'srv'));
  copyFileSync(echoPort, join(cli.directory, 'srv/echo-port.pl'));
  cli.write(
    'srv/nginx.conf',
    `daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path /tmp/${name};`).join(' ')}
  server { listen 80; listen 8080; listen 81; return 200 "nginx at $server_port\\n"; }
}
`,
  );
  cli.write(
    'shop.yaml',
    `apiVersion: standard-container/v1
kind: Network
metadata: { name: shop }
---
apiVersion: standard-container/v1
kind: Container
metadata: { name: web }
image: ${image}
network: { networks: [{ name: shop }], ports: ['5000:80', ':8080', '81', '5000:7/udp'] }
process: { args: [sh, -c, 'perl /srv/echo-port.pl serve 7 & exec nginx -e stderr -c /srv/nginx.conf'] }
mounts:
  - { bind: ./srv, target: /srv, readOnly: true }
  - { tmpfs: true, target: /tmp }
`,
  );
  machine = await newNetwork();
});
afterAll(async () => {
  await sc('delete', '--all', '--force');
  machine.kill('SIGKILL');
  await once(machine, 'exit');
  await cli.remove();
});

test.each(['native', 'lxc', 'oci:runc'])(
  'by %s a web server is reached by its ports and by its name, and is taken down under load without a leak',
  async (chosen) => {
    backend = chosen;
    const before = await interfaces();
    const { exitCode, stderr } = await sc('apply', 'shop.yaml');
    expect(exitCode, stderr).toBe(0);
    await eventually(async () => ((await fetched(5000)) === 'nginx at 80\n' ? true : undefined));
    expect(await fetched(8080)).toBe('nginx at 8080\n');
    const { ports = [], ...web }: ContainerState = JSON.parse((await sc('inspect', 'web')).stdout);
    expect(web.backend).toBe(backend);
    const random = ports.find(({ containerPort }) => containerPort === 81)?.hostPort ?? 0;
    expect(await fetched(random)).toBe('nginx at 81\n');
    const echo = () => on('perl', echoPort, 'ask', 'udp', '127.0.0.1', '5000');
    await eventually(async () => (/ at 7\n$/.test((await echo()).stdout) ? true : undefined));

    const client = [
      'run',
      '--rm',
      '--network',
      'shop',
      'host',
      'busybox',
      'wget',
      '-q',
      '-O',
      '-',
      'http://web/',
    ];
    expect((await sc(...client)).stdout).toBe('nginx at 80\n');

    // Clients that never pause, until somebody ends them.
    const script = 'echo up; while :; do busybox wget -q -T 1 -O /dev/null http://127.0.0.1:5000/; done';
    const load = [1, 2, 3, 4].map(() =>
      spawn(...within('sh', '-c', script), { stdio: ['ignore', 'pipe', 'ignore'], detached: true }),
    );
    await Promise.all(load.map(({ stdout }) => once(stdout, 'data')));
    const deleted = await sc('delete', '--file', 'shop.yaml', '--force');
    for (const { pid = 0 } of load) process.kill(-pid, 'SIGKILL');
    await Promise.all(load.map((each) => each.exitCode ?? each.signalCode ?? once(each, 'exit')));
    expect(deleted.exitCode, deleted.stderr).toBe(0);
    expect((await echo()).stdout).toBe('refused\n');
    expect((await sc('network', 'inspect', 'shop')).stderr).toContain('no network "shop"');
    expect((await on('nft', 'list', 'tables')).stdout).toBe('');
    expect(await interfaces()).toBe(before);
  },
);
