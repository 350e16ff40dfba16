import { beforeEach, expect, test } from 'vitest';
import { formatAddress } from '../../../src/linux/ip-address.ts';
import { addressOf } from '../../../src/network/addresses.ts';
import { addressRecord, answerTo } from '../../../src/network/names/answer.ts';
import { NameDirectory } from '../../../src/network/names/directory.ts';
import { A, AAAA, PTR, parseQuery } from '../../../src/network/names/question.ts';
import { NameResolver } from '../../../src/network/names/resolver.ts';
import { queryOf } from '../../support/name-query.ts';

const id = (digit: string) => digit.repeat(64);
const place = (network: string, address: string, aliases: string[] = [], gateways = ['10.89.0.1']) => ({
  ...{ network, interface: 'eth0', port: 'scv', address: '02:00:00:00:00:01', mtu: 1500 },
  ...{ addresses: [address], gateways, aliases },
});

let directory: NameDirectory;
let resolver: NameResolver;
let forwarded: { servers: readonly string[]; name: string | undefined }[];
beforeEach(() => {
  directory = new NameDirectory();
  forwarded = [];
  const forwarder = {
    ask: async (_: string, bytes: Buffer, __: Buffer, { servers }: { servers: readonly string[] }) => {
      const query = parseQuery(bytes);
      forwarded.push({ servers, name: query?.name });
      return query && answerTo({ ...query, id: 999 }, 0);
    },
  };
  resolver = new NameResolver(directory, forwarder, async () => ['9.9.9.9', '10.89.0.53']);
  directory.put({ id: id('a'), name: 'web', endpoints: [place('left', '10.89.0.7/24', ['WWW'])] }, true);
  directory.put(
    { id: id('b'), name: 'db', endpoints: [place('left', '10.89.0.8/24', ['www', 'store'])] },
    true,
  );
  directory.put({ id: id('c'), name: 'far', endpoints: [place('right', '10.90.0.7/24')] }, true);
});

/** Response code, and last bytes of each answer. */
async function ask(name: string, type = A, source = '10.89.0.7') {
  const answer = await resolver.answer(queryOf(name, type, 77), source, 'udp');
  if (answer === undefined) return undefined;
  expect(answer.readUInt16BE(0)).toBe(77);
  const count = answer.readUInt16BE(6);
  const rest = answer.subarray(queryOf(name).length);
  const addresses = Array.from({ length: type === A ? count : 0 }, (_, index) =>
    [...rest.subarray(index * 16 + 12, index * 16 + 16)].join('.'),
  );
  return { code: (answer[3] ?? 0) & 15, count, addresses };
}

test.each(['db', 'DB', 'store', 'b'.repeat(12)])('a neighbour is found by %s', async (name) => {
  expect(await ask(name)).toEqual({ code: 0, count: 1, addresses: ['10.89.0.8'] });
  expect(forwarded).toEqual([]);
});

test('all that have an alias are found by it, each in turn the first', async () => {
  const [one, other] = [await ask('www'), await ask('www')];
  expect(one?.addresses.toSorted()).toEqual(['10.89.0.7', '10.89.0.8']);
  expect(other?.addresses).toEqual(one?.addresses.toReversed());
});

test('a name has no address of the other family, and is a name all the same', async () => {
  expect(await ask('db', AAAA)).toEqual({ code: 0, count: 0, addresses: [] });
  expect(await ask('db', 65)).toEqual({ code: 0, count: 0, addresses: [] });
});

test('who does not run is not found, but by himself, and not looked for outside', async () => {
  directory.put({ id: id('b'), name: 'db', endpoints: [place('left', '10.89.0.8/24')] }, false);
  expect(await ask('db')).toMatchObject({ code: 3 });
  expect(await ask('db', A, '10.89.0.8')).toMatchObject({ addresses: ['10.89.0.8'] });
  expect(forwarded).toEqual([]);
});

test('who is renamed, or gone, is not found by what he was called', async () => {
  directory.put({ id: id('b'), name: 'new', endpoints: [place('left', '10.89.0.8/24')] }, true);
  expect(await ask('new')).toMatchObject({ addresses: ['10.89.0.8'] });
  await ask('store');
  directory.remove(id('b'));
  await ask('new');
  expect(forwarded.map(({ name }) => name)).toEqual(['store', 'new']);
});

test('names of other networks are not known, and their addresses nobody of ours', async () => {
  await ask('far');
  await ask('7.0.90.10.in-addr.arpa', PTR);
  expect(forwarded.map(({ name }) => name)).toEqual(['far', '7.0.90.10.in-addr.arpa']);
});

test('who has an address is told, also that nobody has', async () => {
  expect(await ask('8.0.89.10.in-addr.arpa', PTR)).toMatchObject({ code: 0, count: 1 });
  expect(await ask('9.0.89.10.in-addr.arpa', PTR)).toMatchObject({ code: 3, count: 0 });
  expect(forwarded).toEqual([]);
});

test('a container of two networks finds the neighbours of both, at whatever bridge it asks', async () => {
  directory.put(
    { id: id('d'), name: 'both', endpoints: [place('left', '10.89.0.9/24'), place('right', '10.90.0.9/24')] },
    true,
  );
  expect(await ask('db', A, '10.90.0.9')).toMatchObject({ addresses: ['10.89.0.8'] });
  expect(await ask('far', A, '10.89.0.9')).toMatchObject({ addresses: ['10.90.0.7'] });
});

test.each(['192.0.2.1', '10.89.0.1', 'fe80::1', 'nobody'])(
  'who asks from %s is not answered',
  async (source) => {
    expect(await ask('db', A, source)).toBeUndefined();
  },
);

test('who has no way out asks nobody outside, but servers of his own network', async () => {
  directory.put({ id: id('a'), name: 'web', endpoints: [place('left', '10.89.0.7/24', [], [])] }, true);
  await ask('www.example');
  expect(forwarded).toEqual([{ servers: ['10.89.0.53'], name: 'www.example' }]);
  resolver = new NameResolver(directory, { ask: () => expect.fail('it was asked') }, async () => ['9.9.9.9']);
  expect(await ask('www.example')).toMatchObject({ code: 3 });
});

test('who may ask for some names is refused all others, and let through to what these lead to', async () => {
  const opened: string[] = [];
  const answered = {
    ask: async (_: string, bytes: Buffer) => {
      const query = parseQuery(bytes);
      return query && answerTo({ ...query, id: 999 }, 0, [addressRecord(addressOf('198.51.100.7'))]);
    },
  };
  resolver = new NameResolver(
    directory,
    answered,
    async () => ['9.9.9.9'],
    (container, named) =>
      opened.push(`${container[0]} ${named.map(({ address }) => formatAddress(address))}`),
  );
  const egress = { addresses: [], names: ['www.example', '*.sub.example'] };
  const container = { id: id('a'), name: 'web', endpoints: [place('left', '10.89.0.7/24')] };
  directory.put({ ...container, spec: { network: { egress } } }, true);
  for (const name of ['other.example', 'a.www.example', 'sub.example', 'asub.example', 'w w'])
    expect(await ask(name)).toMatchObject({ code: 5, count: 0 });
  expect(await ask('7.100.51.198.in-addr.arpa', PTR)).toMatchObject({ code: 5 });
  expect(opened).toEqual([]);
  for (const name of ['www.example', 'WWW.example', 'a.sub.example', 'b.a.sub.example'])
    expect(await ask(name)).toMatchObject({ addresses: ['198.51.100.7'] });
  expect(new Set(opened)).toEqual(new Set(['a 198.51.100.7']));
  expect(await ask('db')).toMatchObject({ addresses: ['10.89.0.8'] });
  expect(await ask('www.example', A, '10.89.0.8')).toMatchObject({ addresses: ['198.51.100.7'] });
  expect(opened).toHaveLength(4);
});

test('an answer that does not come is a failure of the server', async () => {
  resolver = new NameResolver(directory, { ask: async () => undefined }, async () => ['9.9.9.9']);
  expect(await ask('www.example')).toMatchObject({ code: 2 });
});

test('networks without names have none', () => {
  directory.put({ id: id('e'), name: 'plain', endpoints: [place('bridge', '10.200.0.7/24')] }, true);
  expect(directory.at(addressOf('10.200.0.7'))).toBeUndefined();
});
