import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeLink } from '../../src/linux/link.ts';
import { additionOf } from '../../src/network/chains.ts';
import { rulesOf } from '../../src/network/network-rules.ts';
import { Networks } from '../../src/network/networks.ts';
import type { NetworkState } from '../../src/schema/network-state.ts';

let root: string;
let networks: Networks;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
  networks = new Networks(root);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const network: NetworkState = {
  version: 1,
  name: 'bridge',
  bridge: 'sc0',
  address: '02:00:00:00:00:01',
  subnets: [{ subnet: '10.200.0.0/22', gateway: '10.200.0.1' }],
  internal: false,
  mtu: 1500,
  labels: {},
  createdAt: '2024-05-01T12:00:00.000Z',
};
const [first, second] = ['1'.repeat(64), '2'.repeat(64)];

describe('an address', () => {
  test('is had by one container, and by another when it is given up', () => {
    const claims = networks.claims('bridge');
    const all = () => true;
    expect(claims.take('10.200.0.2', first, all)).toBe(true);
    expect(claims.take('10.200.0.2', first, all)).toBe(true);
    expect(claims.take('10.200.0.2', second, all)).toBe(false);
    claims.free('10.200.0.2', second);
    expect(claims.holder('10.200.0.2')).toBe(first);
    claims.free('10.200.0.2', first);
    expect(claims.take('10.200.0.2', second, all)).toBe(true);
    expect(claims.all()).toEqual(['10.200.0.2']);
  });

  test('of a container that is not there is free', () => {
    const claims = networks.claims('bridge');
    claims.take('10.200.0.2', first, () => true);
    expect(claims.take('10.200.0.2', second, (id) => id !== first)).toBe(true);
    expect(claims.holder('10.200.0.2')).toBe(second);
  });
});

describe('the record of a network', () => {
  test('is found by its name, and no other', () => {
    networks.save(network);
    networks.noteUp(network);
    expect(networks.find('bridge')).toEqual(network);
    expect(networks.find('other')).toBeUndefined();
    expect(networks.names()).toEqual(['bridge']);
    expect(networks.list()).toEqual({ networks: [network], broken: [] });
    networks.remove('bridge');
    expect(networks.find('bridge')).toBeUndefined();
  });

  test.each([
    ['{', 'SC_STATE_CORRUPT'],
    ['{"version":1}', 'SC_STATE_CORRUPT'],
    ['{"version":2}', 'SC_STATE_NEWER'],
  ])('%s is an error that names the file', (text, code) => {
    networks.save(network);
    const path = join(root, 'networks/bridge/network.json');
    writeFileSync(path, text);
    expect(() => networks.find('bridge')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(path) }),
    );
  });
});

describe('what is there of a network', () => {
  test('is known whatever its record says, also under its next name', () => {
    networks.save(network);
    expect(networks.made('bridge')).toBeUndefined();
    networks.noteUp(network);
    writeFileSync(join(root, 'networks/bridge/network.json'), '{');
    const { name, bridge, address } = network;
    expect(networks.made('bridge')).toEqual({ name, bridge, address });
    networks.noteUp({ ...network, bridge: 'sc7' });
    expect(networks.made('bridge')).toEqual({ name, bridge: 'sc7', address });
    networks.noteDown('bridge');
    expect(networks.made('bridge')).toBeUndefined();
  });

  test('is that of its record where an earlier sc has not noted it', () => {
    networks.save(network);
    makeLink(join(root, 'networks/.up/bridge'), 'up');
    expect(networks.made('bridge')).toEqual(network);
  });
});

describe('the rules of a network', () => {
  test('let answers in, and out what gets the address of the machine', () => {
    expect(rulesOf(network).table).toMatchInlineSnapshot(`
      "  map ports4at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
        map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
        map ports6at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
        map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
        chain publish {
          dnat ip to ip daddr . meta l4proto . th dport map @ports4at
          fib daddr type local dnat ip to meta l4proto . th dport map @ports4
          dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6at
          ip6 daddr != ::1 fib daddr type local dnat ip6 to meta l4proto . th dport map @ports6
        }
        chain prerouting {
          type nat hook prerouting priority dstnat; policy accept;
          jump publish
        }
        chain output {
          type nat hook output priority -100; policy accept;
          jump publish
        }
        chain loopback {
          type filter hook prerouting priority raw; policy accept;
          iifname "sc0" ip daddr 127.0.0.0/8 drop
          iifname "sc0" ip saddr 127.0.0.0/8 drop
        }
        chain forward {
          type filter hook forward priority filter; policy accept;
          iifname "sc0" oifname "sc0" accept
          oifname "sc0" ct state established,related accept
          oifname "sc0" ct status dnat accept
          oifname "sc0" drop
        }
        chain postrouting {
          type nat hook postrouting priority srcnat; policy accept;
          ip saddr 127.0.0.0/8 oifname "sc0" ct status dnat masquerade
          ip saddr 10.200.0.0/22 oifname "sc0" ct status dnat masquerade
          ip saddr 10.200.0.0/22 oifname != "sc0" masquerade
        }
      "
    `);
  });

  test('are the same as chains of iptables', () => {
    expect(additionOf(4, rulesOf({ ...network, name: 'left' }))).toMatchInlineSnapshot(`
      "*raw
      :sc-53dd2e22ec528a4b-loopback - [0:0]
      -A sc-53dd2e22ec528a4b-loopback -i sc0 -d 127.0.0.0/8 -j DROP
      -A sc-53dd2e22ec528a4b-loopback -i sc0 -s 127.0.0.0/8 -j DROP
      -I PREROUTING -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-loopback
      COMMIT
      *filter
      :sc-53dd2e22ec528a4b-forward - [0:0]
      :sc-53dd2e22ec528a4b-names - [0:0]
      -A sc-53dd2e22ec528a4b-forward -i sc0 -o sc0 -j RETURN
      -A sc-53dd2e22ec528a4b-forward -o sc0 -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN
      -A sc-53dd2e22ec528a4b-forward -o sc0 -m conntrack --ctstate DNAT -j RETURN
      -A sc-53dd2e22ec528a4b-forward -o sc0 -j DROP
      -A sc-53dd2e22ec528a4b-names -m devgroup ! --src-group 29539 ! -i lo -d 10.200.0.1 -p tcp --dport 53 -j DROP
      -A sc-53dd2e22ec528a4b-names -m devgroup --src-group 29539 -d 10.200.0.1 -p tcp --dport 53 -m hashlimit --hashlimit-above 1000/second --hashlimit-burst 1000 --hashlimit-mode srcip --hashlimit-name sc0 -j DROP
      -A sc-53dd2e22ec528a4b-names -m devgroup ! --src-group 29539 ! -i lo -d 10.200.0.1 -p udp --dport 53 -j DROP
      -A sc-53dd2e22ec528a4b-names -m devgroup --src-group 29539 -d 10.200.0.1 -p udp --dport 53 -m hashlimit --hashlimit-above 1000/second --hashlimit-burst 1000 --hashlimit-mode srcip --hashlimit-name sc0 -j DROP
      -I FORWARD -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-forward
      -I INPUT -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-names
      COMMIT
      *nat
      :sc-53dd2e22ec528a4b-portsat - [0:0]
      :sc-53dd2e22ec528a4b-ports - [0:0]
      :sc-53dd2e22ec528a4b-publish - [0:0]
      :sc-53dd2e22ec528a4b-leave - [0:0]
      -A sc-53dd2e22ec528a4b-publish -j sc-53dd2e22ec528a4b-portsat
      -A sc-53dd2e22ec528a4b-publish -m addrtype --dst-type LOCAL -j sc-53dd2e22ec528a4b-ports
      -A sc-53dd2e22ec528a4b-leave -s 127.0.0.0/8 -o sc0 -m conntrack --ctstate DNAT -j MASQUERADE
      -A sc-53dd2e22ec528a4b-leave -s 10.200.0.0/22 -o sc0 -m conntrack --ctstate DNAT -j MASQUERADE
      -A sc-53dd2e22ec528a4b-leave -s 10.200.0.0/22 ! -o sc0 -j MASQUERADE
      -I PREROUTING -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-publish
      -I OUTPUT -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-publish
      -I POSTROUTING -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-leave
      COMMIT
      "
    `);
    expect(additionOf(6, rulesOf({ ...network, internal: true }))).toMatchInlineSnapshot(`
      "*filter
      :sc-53dd2e22ec528a4b-forward - [0:0]
      -A sc-53dd2e22ec528a4b-forward -i sc0 -o sc0 -j RETURN
      -A sc-53dd2e22ec528a4b-forward -i sc0 -j DROP
      -A sc-53dd2e22ec528a4b-forward -o sc0 -j DROP
      -I FORWARD -m comment --comment sc0-020000000001 -j sc-53dd2e22ec528a4b-forward
      COMMIT
      "
    `);
  });

  test('of one that ends at this machine let nothing in or out', () => {
    const rules = rulesOf({ ...network, internal: true }).table;
    expect(rules).toContain('iifname "sc0" drop\n    oifname "sc0" drop');
    expect(rules).not.toContain('masquerade');
  });

  test('are of both families', () => {
    const subnets = [...network.subnets, { subnet: 'fd00:89::/64', gateway: 'fd00:89::1' }];
    expect(rulesOf({ ...network, subnets }).table).toMatch(/ ip saddr 10\.200.*\n.* ip6 saddr fd00:89::\/64/);
  });
});
