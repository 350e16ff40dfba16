import { readlinkSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  await cli.deleteAll();
});
afterAll(async () => {
  await cli.remove();
});

const inside = 'readlink /proc/self/ns/net';
const networkOf = async (name: string) => {
  const { init } = await cli.json<ContainerState>('inspect', name);
  return readlinkSync(`/proc/${init?.pid}/ns/net`);
};
const proxy = (...flags: string[]) =>
  cli.sc('run', '-d', '--name', 'proxy', ...flags, './rootfs', 'sleep', '1000');

describe('--network host', () => {
  test('is the network of the machine, in the foreground and in the background', async () => {
    const { stdout, stderr } = await cli.sc('run', '--network', 'host', './rootfs', 'sh', '-c', inside);
    expect(stdout).toBe(`${readlinkSync('/proc/self/ns/net')}\n`);
    expect(stderr).toContain('--network: it has no rights over it');
    await proxy('--network', 'host', '--init');
    expect(await networkOf('proxy')).toBe(readlinkSync('/proc/self/ns/net'));
  });

  test('has the name servers of the machine where the file says none', async () => {
    const show = ['./rootfs', 'grep', '-c', 'nameserver 192.0.2.1', '/etc/resolv.conf'];
    const own = await cli.sc('run', '--network', 'host', '--dns', '192.0.2.1', ...show);
    expect(own.stdout).toBe('1\n');
    expect((await cli.sc('run', '--network', 'host', ...show)).stdout).toBe('0\n');
  });
});

describe('--network container:NAME', () => {
  test('is the network of the other, also when it is started anew', async () => {
    await proxy('--dns', '192.0.2.7');
    const shell = ['./rootfs', 'sh', '-c', `${inside}; cat /etc/resolv.conf; hostname`];
    const { stdout } = await cli.sc('run', '--network', 'container:proxy', '--hostname', 'box', ...shell);
    expect(stdout).toBe(`${await networkOf('proxy')}\nnameserver 192.0.2.7\nbox\n`);

    await cli.sc(
      'run',
      '-d',
      '--name',
      'second',
      '--network',
      'container:proxy',
      './rootfs',
      'sleep',
      '1000',
    );
    expect(await networkOf('second')).toBe(await networkOf('proxy'));
    for (const name of ['proxy', 'second']) await cli.sc('restart', '--time', '0', name);
    expect(await networkOf('second')).toBe(await networkOf('proxy'));
  });

  test('of one that does not run is an error that says so, and leaves nothing', async () => {
    await proxy();
    await cli.sc('kill', 'proxy');
    const { exitCode, stderr } = await cli.sc('run', '--network', 'container:proxy', './rootfs', 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toContain('join the network of "proxy": it is stopped');
    expect(stderr).toContain('sc start proxy');
    expect((await cli.sc('ps', '--all', '--quiet')).stdout.split('\n')).toHaveLength(2);
  });

  test('of one that is not there is an error', async () => {
    const { exitCode, stderr } = await cli.sc('run', '--network', 'container:nobody', './rootfs', 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toMatch(/join the network of "nobody": .*nobody/);
  });

  test('in a file joins one that stands before', async () => {
    cli.write(
      'both.yaml',
      `apiVersion: standard-container/v1
kind: Container
metadata: { name: proxy }
image: ./rootfs
process: { args: [sleep, '1000'] }
---
${job('client', ['sh', '-c', inside], 'namespaces: { network: "container:proxy" }\n')}`,
    );
    const { stdout } = await cli.sc('apply', 'both.yaml');
    expect(stdout).toContain(await networkOf('proxy'));
  });
});

test('what contradicts itself, or would change the network of somebody else, is refused', async () => {
  const refused = async (more: string) => {
    cli.write('refused.yaml', job('web', ['true'], more));
    const { exitCode, stderr } = await cli.sc('apply', 'refused.yaml');
    return { exitCode, stderr: stderr.replaceAll(/\s+/g, ' ') };
  };
  expect(await refused('network: { mode: host }\nnamespaces: { network: private }\n')).toEqual({
    exitCode: 2,
    stderr: expect.stringContaining('"private" and the network mode "host" do not go together'),
  });
  expect(await refused('network: { mode: "container:web" }\n')).toEqual({
    exitCode: 2,
    stderr: expect.stringContaining('"web" is the container itself'),
  });
  expect(
    await refused('network: { mode: host }\nsecurity: { sysctls: { net.ipv4.ip_forward: "1" } }\n'),
  ).toEqual({
    exitCode: 2,
    stderr: expect.stringContaining('network namespace'),
  });
  expect((await refused('namespaces: { network: /run/netns/blue }\n')).stderr).toContain(
    'namespaces.network',
  );
});
