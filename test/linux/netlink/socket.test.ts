import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseAddress } from '../../../src/linux/ip-address.ts';
import { newAddress } from '../../../src/linux/netlink/address.ts';
import {
  bringUp,
  deleteLink,
  getLink,
  getLinks,
  newBridge,
  newVeth,
  parseLink,
} from '../../../src/linux/netlink/link.ts';
import { getRoutes, parseRoute } from '../../../src/linux/netlink/route.ts';
import { RouteSocket } from '../../../src/linux/netlink/socket.ts';

// In the network of the test, which is to be nobody else's (own-host.sh): names that nobody has, no route, no rule.
const bridge = { name: 'sc-test-bridge', address: '02:53:43:00:00:01', mtu: 1400 };

let socket: RouteSocket;
beforeEach(() => {
  socket = new RouteSocket();
});
afterEach(() => {
  try {
    socket.ask([{ words: 'delete', message: deleteLink(bridge.name) }]);
  } catch {
    // It was not made.
  }
  socket.close();
});

const ask = (words: string, message: Parameters<typeof socket.ask>[0][number]['message']) =>
  socket.ask([{ words, message }])[0];
const ip = (...args: string[]) =>
  JSON.parse(execFileSync('ip', ['-json', '-details', ...args], { encoding: 'utf8' }));
const address = (text: string) => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const linkOf = (name: string) => {
  const [answer] = ask('look', getLink(name)) ?? [];
  if (answer === undefined) throw new Error(`no ${name}`);
  return parseLink(answer);
};

test('a bridge and its addresses are made as ip(8) shows them', () => {
  ask('make', newBridge(bridge));
  const { index } = linkOf(bridge.name);
  socket.ask([
    { words: 'four', message: newAddress(index, address('10.255.89.1'), 24) },
    { words: 'six', message: newAddress(index, address('fd00:53:43::1'), 64) },
  ]);
  const [seen] = ip('address', 'show', 'dev', bridge.name);
  expect(seen).toMatchObject({
    ifindex: index,
    address: bridge.address,
    mtu: 1400,
    linkinfo: { info_kind: 'bridge' },
    addr_info: expect.arrayContaining([
      expect.objectContaining({ local: '10.255.89.1', prefixlen: 24 }),
      expect.objectContaining({ local: 'fd00:53:43::1', prefixlen: 64 }),
    ]),
  });
  expect(linkOf(bridge.name)).toMatchObject({
    kind: 'bridge',
    address: bridge.address,
    mtu: 1400,
    isUp: false,
  });
  ask('bring up', bringUp(bridge.name));
  const routes = socket.dump({ words: 'routes', message: getRoutes() }).map(parseRoute);
  expect(routes).toContainEqual({ destination: { ...address('10.255.89.0'), prefix: 24 }, interface: index });
});

test('a pair of interfaces leads from the bridge into the network of a process', async () => {
  ask('make', newBridge(bridge));
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo in; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  try {
    const inside = { name: 'eth0', address: '02:53:43:00:00:02', mtu: 1400 };
    const { index } = linkOf(bridge.name);
    ask(
      'pair',
      newVeth({ name: 'sc-test-port', mtu: 1400 }, inside, {
        bridge: index,
        namespace: { pid: child.pid ?? 0 },
      }),
    );
    expect(linkOf('sc-test-port')).toMatchObject({ kind: 'veth', master: index, isUp: true });
    const seen = execFileSync(
      'nsenter',
      ['--net', '--target', String(child.pid), 'ip', '-json', 'link', 'show', 'eth0'],
      {
        encoding: 'utf8',
      },
    );
    expect(JSON.parse(seen)).toMatchObject([{ address: inside.address, mtu: 1400 }]);
    ask('delete', deleteLink('sc-test-port'));
    expect(() => linkOf('sc-test-port')).toThrow(expect.objectContaining({ errno: 'ENODEV' }));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('of many in one message each is answered, and the first that fails is the error, in the words of the kernel', () => {
  const asked = ['one', 'two', 'three'].map((words) => ({ words, message: newBridge(bridge) }));
  expect(() => socket.ask(asked)).toThrow(
    expect.objectContaining({
      code: 'SC_SYSTEM_CALL',
      errno: 'EEXIST',
      message: expect.stringMatching(/^two: EEXIST/),
    }),
  );
  const tooLarge = { ...bridge, name: 'sc-test-large', mtu: 70_000 };
  expect(() => ask('make', newBridge(tooLarge))).toThrow(
    /^make: EINVAL \(mtu greater than device maximum\)$/,
  );
  expect(linkOf(bridge.name).name).toBe(bridge.name);
});

test('an interface is brought up', () => {
  ask('make', newBridge(bridge));
  expect(linkOf(bridge.name).isUp).toBe(false);
  ask('bring up', bringUp(bridge.name));
  expect(linkOf(bridge.name).isUp).toBe(true);
});

test('all links are told', () => {
  const names = socket.dump({ words: 'links', message: getLinks() }).map((link) => parseLink(link).name);
  expect(names.toSorted()).toEqual(
    ip('link')
      .map(({ ifname }: { ifname: string }) => ifname)
      .toSorted(),
  );
});
