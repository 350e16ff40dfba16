import { expect, test } from 'vitest';
import { isWanted, listedStatus } from '../../src/operations/list.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListRequest } from '../../src/schema/operations/list.ts';
import { newState } from '../support/states.ts';

const waiting = { total: 0, inARow: 0, nextAt: '2999-01-01T00:00:00.000Z' };

function make(name: string, changes: Partial<ContainerState>, labels: { [key: string]: string } = {}) {
  const state = newState({ name, ...changes });
  return { ...state, spec: { ...state.spec, labels } };
}

const containers = [
  make('web-1', { status: 'running' }, { team: 'payments', tier: 'front' }),
  make('web-2', { status: 'paused' }, { team: 'shop' }),
  make('database', { status: 'stopped', exit: { code: 0, cause: 'exit' } }, { team: 'payments' }),
  make('again', { status: 'stopped', detached: true, restarts: waiting }),
  make('fresh', { status: 'created' }),
];

const wanted = (request: ListRequest) =>
  containers.filter((state) => isWanted(state, request)).map(({ name }) => name);
const all = containers.map(({ name }) => name);

test.each<[string, ListRequest, string[]]>([
  ['what runs, or is about to', {}, ['web-1', 'web-2', 'again']],
  ['all', { all: true }, all],
  ['a number of them', { last: 3 }, all],
  ['a part of a name', { names: ['web', 'ain'] }, ['web-1', 'web-2', 'again']],
  ['a name that has stopped', { all: true, names: ['data'] }, ['database']],
  ['a status', { statuses: ['stopped', 'created'] }, ['database', 'fresh']],
  ['one that is to be started again', { statuses: ['restarting'] }, ['again']],
  ['a label', { all: true, labels: ['team'] }, ['web-1', 'web-2', 'database']],
  ['a label and its value', { all: true, labels: ['team=payments'] }, ['web-1', 'database']],
  ['all of several labels', { all: true, labels: ['team=payments', 'tier'] }, ['web-1']],
  ['an ID', { all: true, ids: [containers[2]?.id.slice(0, 12) ?? ''] }, ['database']],
  ['all at once', { statuses: ['running'], names: ['web'], labels: ['team=shop'] }, []],
])('%s', (_, request, names) => {
  expect(wanted(request)).toEqual(names);
});

test('networks that it is attached to, and volumes that it mounts', () => {
  const state = newState({ name: 'web', status: 'running' });
  const place = { interface: 'eth0', port: 'scv0', address: '02:00:00:00:00:01', mtu: 1500 };
  const endpoint = { network: 'backend', ...place, addresses: [], gateways: [], aliases: [] };
  const volume = { name: 'data', anonymous: false, copy: true };
  const mount = { type: 'bind' as const, source: '/v', target: '/srv', readOnly: false, volume };
  const web = { ...state, endpoints: [endpoint], spec: { ...state.spec, mounts: [mount] } };
  const isShown = (request: ListRequest) => isWanted(web, request);
  expect(isShown({ networks: ['other', 'backend'], volumes: ['data'] })).toBe(true);
  expect(isShown({ volumes: ['/srv'] })).toBe(true);
  expect([{ networks: ['other'] }, { volumes: ['dat'] }].some(isShown)).toBe(false);
  expect(isWanted(state, { networks: ['backend'] })).toBe(false);
});

test('a label that every object has is none of a container', () => {
  expect(wanted({ all: true, labels: ['constructor'] })).toEqual([]);
});

test('the status is that of the record, but for one that is to be started again', () => {
  expect(containers.map((state) => listedStatus(state))).toEqual([
    'running',
    'paused',
    'stopped',
    'restarting',
    'created',
  ]);
});
