import { expect, test } from 'vitest';
import { changedPorts } from '../../src/operations/port-selection.ts';
import { updateRequest } from '../../src/operations/update-request.ts';
import type { PortSpec } from '../../src/schema/container-spec.ts';
import type { PublishedPort } from '../../src/schema/container-state.ts';
import { spec } from '../support/containers.ts';

const everywhere = ['0.0.0.0', '::'];
const at = (containerPort: number, port?: number, addresses = everywhere): PortSpec => ({
  containerPort,
  protocol: 'tcp',
  addresses,
  ...(port !== undefined && { hostPorts: { first: port, last: port } }),
});
const before = [at(80, 5000), at(80), at(90, 5001, ['127.0.0.1'])];
const published: PublishedPort[] = [5000, 40000, 5001].map((hostPort, index) => ({
  containerPort: index === 2 ? 90 : 80,
  protocol: 'tcp',
  hostPort,
  addresses: before[index]?.addresses ?? [],
}));
const container = spec(['true']);
const state = {
  name: 'web',
  spec: { ...container, network: { ...container.network, ports: before } },
  ports: published,
};
const change = async (flags: { publish?: string[]; unpublish?: string[] }) =>
  changedPorts(state, await updateRequest(['web'], flags));

test.each<[string, PortSpec[]]>([
  ['80', [at(90, 5001, ['127.0.0.1'])]],
  ['5000:80', before.slice(1)],
  ['40000:80', [at(80, 5000), at(90, 5001, ['127.0.0.1'])]],
  ['5000-6000:80', [at(80), at(90, 5001, ['127.0.0.1'])]],
  ['127.0.0.1::90', before.slice(0, 2)],
])('--unpublish %s', async (text, left) => {
  expect(await change({ unpublish: [text] })).toEqual(left);
});

test('what is not published is not unpublished, and nothing is changed where nothing is said', async () => {
  for (const text of ['81', '80/udp', '5001:80', '127.0.0.1:5000:80', '[::1]::80'])
    await expect(change({ unpublish: ['80', text] })).rejects.toMatchObject({
      code: 'SC_NOT_FOUND',
      message: `unpublish ${text.includes('/') ? text : `${text}/tcp`}: it is not published`,
    });
  expect(changedPorts(state, {})).toBeUndefined();
});

test('a port that is published in the same words stays one, and a free one is one more', async () => {
  expect(await change({ publish: ['5000:80', '80', '6000:80/udp'] })).toEqual([
    ...before,
    at(80),
    { ...at(80, 6000), protocol: 'udp' },
  ]);
  expect(await change({ publish: ['5000:81'], unpublish: ['5000:80'] })).toEqual([
    ...before.slice(1),
    at(81, 5000),
  ]);
});

test.each(['0:80', '70000', '9-8', '80/sctp', '1.2.3:5:80'])('%s is no port', async (text) => {
  await expect(change({ publish: [text] })).rejects.toMatchObject({ code: 'SC_USAGE' });
  await expect(change({ unpublish: [text] })).rejects.toMatchObject({ code: 'SC_USAGE' });
});

test('a port without an address is at that which is usual', async () => {
  const { publish } = await updateRequest(['web'], { publish: ['80'] }, { publishAddress: '127.0.0.1' });
  expect(publish).toEqual([at(80, undefined, ['127.0.0.1'])]);
});
