import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, killMonitor, makeCommandLine } from '../support/command-line.ts';
import { makeMachine } from '../support/machine.ts';

const echoPort = join(import.meta.dirname, '../support/echo-port.pl');

const HIDE_NFT = 'mount --bind /dev/null /usr/sbin/nft';
/** One program does what its name says. */
const LEGACY = 'mount --bind /usr/sbin/xtables-legacy-multi /usr/sbin/xtables-nft-multi';

/** What iptables works with, and how it comes about, for who is started there and whom he starts. The first has all tests. */
const kinds = [
  ['nf_tables', 'true'],
  ['ip_tables', LEGACY],
] as const;

describe.each(kinds)('where there is no nft, but iptables of %s', (kind, choose) => {
  let cli: ReturnType<typeof makeCommandLine>;
  let host: Awaited<ReturnType<typeof makeMachine>>;
  let sc: (...args: string[]) => ReturnType<typeof host.sc>;
  let scWithNft: typeof sc;

  /** The rules of sc, of both families, as they are seen there. */
  const rules = async () => {
    const script = `${choose}; iptables-save; ip6tables-save`;
    const { stdout } = await host.on('unshare', '--mount', 'sh', '-ec', script);
    return stdout.split('\n').filter((line) => line.includes('sc-'));
  };
  const ask = async (holder: ChildProcess, ...place: [protocol: string, address: string, port: number]) => {
    const command = ['--net', '--target', String(holder.pid), 'perl', echoPort, 'ask', ...place.map(String)];
    return (await execa('nsenter', command, cli.options)).stdout.trim();
  };
  const inspect = async (name: string): Promise<ContainerState> =>
    JSON.parse((await sc('inspect', name)).stdout);
  const inside = async (name: string, ...place: [protocol: string, address: string, port: number]) =>
    (await sc('exec', name, 'perl', '/echo-port.pl', 'ask', ...place.map(String))).stdout.trim();

  /** A container that answers at these ports of its own. */
  async function serve(name: string, ports: readonly number[], ...flags: string[]): Promise<void> {
    const program = ['perl', '/echo-port.pl', 'serve', ...ports.map(String)];
    const volume = ['-v', './echo-port.pl:/echo-port.pl:ro'];
    const started = await sc('run', '-d', '--name', name, ...volume, ...flags, 'host', ...program);
    expect(started.exitCode, started.stderr).toBe(0);
    await eventually(async () => ((await sc('logs', name)).stdout.includes('serving') ? true : undefined));
  }

  beforeAll(async () => {
    cli = makeCommandLine();
    copyFileSync(echoPort, join(cli.directory, 'echo-port.pl'));
    host = await makeMachine(cli);
    const within = (name: string, prepare: string) => {
      const script = `#!/bin/sh\nexec unshare --mount sh -ec '${prepare}; exec "$@"' sh ${cli.executable} "$@"\n`;
      const executable = join(cli.directory, cli.write(name, script));
      chmodSync(executable, 0o755);
      return (...args: string[]) => host.on(executable, ...args);
    };
    sc = within('without-nft', `${choose}; ${HIDE_NFT}`);
    scWithNft = within('with-nft', choose);
    await host.on('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
    await sc('network', 'create', '--ipv6', 'left');
    await sc('network', 'create', 'right');
  });
  afterEach(async () => {
    await sc('delete', '--all', '--force');
    await eventually(async () => ((await rules()).length === 0 ? true : undefined));
    expect(readdirSync(join(cli.root, 'networks/.chains'))).toEqual([]);
    expect(await host.setting('net/ipv4/conf/up0/forwarding')).toBe('0');
  });
  afterAll(async () => {
    await host.remove();
    await cli.remove();
  });

  // The other kind has no lock.
  if (kind === 'ip_tables')
    test('who is killed while somebody else changes rules has nobody make his later', async () => {
      const run = `${cli.executable} run --rm --network left host true 9<&-`;
      // A lock of its own: that of the machine is everybody's.
      const script = `${choose}; ${HIDE_NFT}
        touch lock /run/xtables.lock; mount --bind lock /run/xtables.lock
        exec 9<>lock; flock 9
        ${run} & caller=$!
        until pgrep -x iptables-restor >/dev/null; do sleep 0.05; done
        kill -KILL $caller; wait $caller || true
        ${cli.executable} recover 9<&-
        exec 9<&-
        while pgrep -x iptables-restor >/dev/null; do sleep 0.05; done`;
      const { exitCode, stderr } = await host.on('unshare', '--mount', 'sh', '-ec', script);
      expect({ exitCode, stderr: stderr.replaceAll(/.*Killed.*\n?/g, '') }).toEqual({
        exitCode: 0,
        stderr: '',
      });
      expect(await rules()).toEqual([]);
    });

  test('ports are reached from loopback, own addresses, outside and neighbours, and come and go while it runs', async () => {
    const ports = ['5000:80', '5000:80/udp', '80', '127.0.0.1:5001:80', '192.0.2.1:5002:81'];
    await serve('web', [80, 81], '--network', 'left', ...ports.flatMap((port) => ['-p', port]));
    await serve('client', [90], '--network', 'left');
    const { ports: chosen = [], endpoints: [place] = [] } = await inspect('web');
    const bridge = place?.gateways[0];
    for (const protocol of ['tcp', 'udp']) {
      expect(await ask(host.machine, protocol, '127.0.0.1', 5000)).toBe(`${bridge} at 80`);
      expect(await ask(host.machine, protocol, '192.0.2.1', 5000)).toBe('192.0.2.1 at 80');
      expect(await ask(host.outside, protocol, '192.0.2.1', 5000)).toBe('192.0.2.2 at 80');
      await eventually(async () =>
        (await ask(host.outside, protocol, '2001:db8::1', 5000)) === '2001:db8::2 at 80' ? true : undefined,
      );
    }
    expect(await ask(host.outside, 'tcp', '192.0.2.1', chosen[2]?.hostPort ?? 0)).toBe('192.0.2.2 at 80');
    expect(await ask(host.machine, 'tcp', '127.0.0.1', 5001)).toBe(`${bridge} at 80`);
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5001)).toBe('refused');
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5002)).toBe('192.0.2.2 at 81');
    expect(await ask(host.machine, 'tcp', '127.0.0.1', 5002)).toBe('refused');
    expect(await ask(host.machine, 'tcp', '::1', 5000)).toBe('refused');
    for (const name of ['web', 'client'])
      expect(await inside(name, 'tcp', '192.0.2.1', 5000)).toBe(`${bridge} at 80`);
    expect(await inside('client', 'tcp', 'web', 80)).toMatch(/ at 80$/);

    const changed = await sc(
      'update',
      '--publish',
      '5003:81',
      '--unpublish',
      '5000:80',
      '--unpublish',
      '5001:80',
      'web',
    );
    expect(changed.exitCode, changed.stderr).toBe(0);
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5003)).toBe('192.0.2.2 at 81');
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5000)).toBe('refused');
    expect(await ask(host.outside, 'udp', '192.0.2.1', 5000)).toBe('192.0.2.2 at 80');
    await sc('stop', '-t', '0', 'web');
    await eventually(async () =>
      (await rules()).some((rule) => rule.includes('DNAT --to')) ? undefined : true,
    );
    expect(await ask(host.outside, 'udp', '192.0.2.1', 5000)).toBe('refused');
  });

  if (kind !== 'nf_tables') return;

  test('a container reaches the addresses that it may; a list with names is refused', async () => {
    await host.from(
      'sh',
      '-c',
      'ip address add 192.0.2.3/24 dev eth0; ip -6 address add 2001:db8::3/64 dev eth0 nodad',
    );
    const servers = ['192.0.2.2', '2001:db8::3'];
    const server = spawn(
      'nsenter',
      ['--net', '--target', String(host.outside.pid), 'perl', echoPort, 'serve', '7000', '53'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(server.stdout, 'data');
      const write = (name: string, egress: readonly string[]) =>
        cli.write(
          `${name}.json`,
          JSON.stringify({
            ...{ apiVersion: 'standard-container/v1', kind: 'Container', metadata: { name }, image: 'host' },
            network: { networks: [{ name: 'left' }], egress },
            mounts: [{ bind: './echo-port.pl', target: '/echo-port.pl', readOnly: true }],
            process: { args: ['sleep', '1000'] },
          }),
        );
      expect((await sc('apply', '-f', write('web', servers))).exitCode).toBe(0);
      const lookAround = async () => {
        for (const address of servers)
          await eventually(async () =>
            / at 7000$/.test(await inside('web', 'tcp', address, 7000)) ? true : undefined,
          );
        for (const address of ['192.0.2.3', '2001:db8::2', '192.0.2.1', '2001:db8::1'])
          expect(await inside('web', 'tcp', address, 7000)).toBe('silent');
        expect(await inside('web', 'tcp', '192.0.2.2', 53)).toBe('silent');
      };
      await lookAround();
      expect((await sc('exec', 'web', 'getent', 'hosts', 'web')).exitCode).toBe(0);
      // Another interface is no way out.
      expect((await sc('network', 'connect', 'right', 'web')).exitCode).toBe(0);
      expect((await sc('network', 'disconnect', 'left', 'web')).exitCode).toBe(0);
      expect(await inside('web', 'tcp', '192.0.2.2', 7000)).toBe('192.0.2.1 at 7000');
      expect(await inside('web', 'tcp', '192.0.2.3', 7000)).toBe('silent');

      const named = await sc('apply', '-f', write('named', ['192.0.2.2', 'www.example']));
      expect(named.exitCode).toBe(1);
      expect(named.stderr).toMatch(
        /"www.example" leads to is let through by nft alone.*\n.*apt-get install nftables/,
      );
    } finally {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
  });

  test('what leaves has the address of the machine, and nobody comes from elsewhere uninvited', async () => {
    const server = spawn(
      'nsenter',
      ['--net', '--target', String(host.outside.pid), 'perl', echoPort, 'serve', '7000'],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(server.stdout, 'data');
      await serve('web', [80], '--network', 'left');
      await serve('other', [80], '--network', 'right');
      expect(await inside('web', 'tcp', '192.0.2.2', 7000)).toBe('192.0.2.1 at 7000');
      await eventually(async () =>
        (await inside('web', 'tcp', '2001:db8::2', 7000)) === '2001:db8::1 at 7000' ? true : undefined,
      );
      const addresses = (await inspect('web')).endpoints?.[0]?.addresses.map((text) =>
        text.replace(/\/.*/, ''),
      );
      const [four = '', six = ''] = addresses ?? [];
      expect(await ask(host.machine, 'tcp', four, 80)).toMatch(/ at 80$/);
      for (const address of [four, six]) expect(await inside('other', 'tcp', address, 80)).toBe('silent');
      // Who is outside needs a way there to try.
      await host.from('ip', 'route', 'replace', '10.200.0.0/13', 'via', '192.0.2.1');
      await host.from('ip', '-6', 'route', 'replace', 'fd00::/8', 'via', '2001:db8::1');
      for (const address of [four, six]) expect(await ask(host.outside, 'tcp', address, 80)).toBe('silent');
    } finally {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
  });

  test('who is killed leaves nothing, and rules that somebody has flushed are made anew for all', async () => {
    await serve('web', [80], '--network', 'left', '-p', '5000:80');
    const flush =
      'for tool in iptables ip6tables; do for table in nat filter raw; do $tool -t $table -F; $tool -t $table -X; done; done';
    await host.on('unshare', '--mount', 'sh', '-ec', `${choose}; ${flush}`);
    expect(await rules()).toEqual([]);
    await serve('second', [80], '--network', 'left', '-p', '5001:80');
    for (const port of [5000, 5001])
      expect(await ask(host.outside, 'tcp', '192.0.2.1', port)).toBe('192.0.2.2 at 80');

    // Also where nothing is published, and only what is passed on was flushed.
    const before = (await rules()).toSorted();
    await host.on('unshare', '--mount', 'sh', '-ec', `${choose}; iptables -F FORWARD`);
    expect((await sc('run', '--rm', '--network', 'left', './rootfs', 'true')).exitCode).toBe(0);
    expect((await rules()).toSorted()).toEqual(before);

    await killMonitor(cli.root);
    const { keeper } = await inspect('web');
    process.kill(keeper?.pid ?? 0, 'SIGKILL');
    await eventually(async () => ((await inspect('web')).status === 'stopped' ? true : undefined));
    await sc('recover');
    expect((await rules()).filter((rule) => rule.includes('--dport 5000 '))).toEqual([]);
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5001)).toBe('192.0.2.2 at 80');
  });

  test('however many rules others have, they are not in the way', async () => {
    const rule = `-A OTHERS -s 203.0.113.7/32 -m comment --comment ${'x'.repeat(200)} -j RETURN\n`;
    const many = `*filter\n:OTHERS - [0:0]\n${rule.repeat(6_000)}COMMIT\n`;
    const restore = (flags: string) =>
      `${choose}; iptables-restore ${flags} < ${join(cli.directory, cli.write('many', many))}`;
    await host.on('unshare', '--mount', 'sh', '-ec', restore('--noflush'));
    try {
      const { exitCode, stderr } = await sc('run', '--rm', '--network', 'left', './rootfs', 'true');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(await rules()).toEqual([]);
    } finally {
      await host.on('unshare', '--mount', 'sh', '-ec', `${choose}; iptables -F OTHERS; iptables -X OTHERS`);
    }
  });

  test('chains go also where there is an nft meanwhile, which makes the next', async () => {
    await serve('web', [80], '--network', 'left', '-p', '5000:80');
    // Ports come and go where the others stand.
    expect((await scWithNft('update', '--publish', '5001:80', 'web')).exitCode).toBe(0);
    expect((await rules()).filter((rule) => rule.includes('--dport 5001 '))).toHaveLength(2);
    expect(await ask(host.outside, 'tcp', '192.0.2.1', 5001)).toBe('192.0.2.2 at 80');
    expect((await scWithNft('delete', '--force', 'web')).exitCode).toBe(0);
    expect(await rules()).toEqual([]);
    expect((await scWithNft('run', '--rm', '--network', 'left', './rootfs', 'true')).exitCode).toBe(0);
  });

  test('nothing is left of an sc that is killed while it makes chains', async () => {
    for (const delay of [60, 120, 180]) {
      const args = ['run', '--rm', '--network', 'left', '-p', '5000:80', './rootfs', 'true'];
      const running = spawn(
        'nsenter',
        ['--net', '--target', String(host.machine.pid), join(cli.directory, 'without-nft'), ...args],
        {
          ...{ cwd: cli.directory, env: { ...process.env, ...cli.options.env }, stdio: 'ignore' },
        },
      );
      await setTimeout(delay);
      running.kill('SIGKILL');
      if (running.exitCode === null && running.signalCode === null) await once(running, 'exit');
      expect((await sc('recover')).exitCode).toBe(0);
      expect(await rules()).toEqual([]);
    }
  });

  test('without both a start is refused, and says what to do', async () => {
    const hide = `${HIDE_NFT}; mount --bind /dev/null /usr/sbin/xtables-nft-multi`;
    const command = ['unshare', '--mount', 'sh', '-ec', `${hide}; exec "$@"`, 'sh', cli.executable];
    const { exitCode, stderr } = await host.on(
      ...command,
      'run',
      '--rm',
      '--network',
      'left',
      './rootfs',
      'true',
    );
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(
      /make network "left": this machine has neither nft nor iptables\n.*apt-get install nftables/s,
    );
  });
});
