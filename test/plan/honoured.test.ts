import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../src/document/load.ts';
import { refusedFields } from '../../src/plan/honoured.ts';
import type { Support } from '../../src/schema/features.ts';

const base: { [field: string]: Support } = Object.fromEntries(
  ['apiVersion', 'kind', 'metadata.name', 'image', 'process.args'].map((field) => [
    field,
    { support: 'all' },
  ]),
);

function refused(text: string, fields: { [field: string]: Support }, kind = 'Container') {
  const head = `apiVersion: standard-container/v1\nkind: ${kind}\nmetadata: { name: hello }\nimage: host\n`;
  const [document] = parseDocuments(`${head}process: { args: [a, b] }\n${text}\n`, 'a.yaml', {
    environment: {},
    set: {},
  });
  if (document === undefined) throw new Error('there is no document');
  return refusedFields(document.value, { fields: { ...base, ...fields } });
}

const some = (values: unknown[], more: object = {}): Support => ({
  support: 'some',
  values,
  reason: 'so it is',
  ...more,
});
const all: Support = { support: 'all' };
const none: Support = { support: 'none', reason: 'it has none' };

describe('a field', () => {
  test('that a backend supports is not refused, whatever its value', () => {
    expect(refused('environment: { A: b }', { environment: { support: 'all' } })).toEqual([]);
  });

  test('that a backend does not declare is refused', () => {
    expect(refused('environment: { A: b }', {})).toEqual([
      { path: 'environment.A', what: '"b"', reason: 'it does not declare this field' },
    ]);
    expect(
      refused('mounts: [{ tmpfs: true, target: /t }]', { 'mounts[].target': { support: 'all' } }),
    ).toEqual([{ path: 'mounts[0].tmpfs', what: 'true', reason: 'it does not declare this field' }]);
  });

  test('with the name of something that every object has is not declared by that', () => {
    expect(refused('environment: { constructor: b }', {})).toMatchObject([
      { path: 'environment.constructor' },
    ]);
  });

  test('is refused by the value, with what is supported in its place', () => {
    const fields = { 'namespaces.pid': some(['private'], { beginnings: ['/'] }) };
    expect(refused('namespaces: { pid: host }', fields)).toEqual([
      { path: 'namespaces.pid', what: '"host"', reason: 'so it is', expected: '"private" or "/..."' },
    ]);
    expect(refused('namespaces: { pid: private }', fields)).toEqual([]);
    expect(refused('namespaces: { pid: /run/ns }', fields)).toEqual([]);
  });

  test('of several values is refused by each item that is not supported', () => {
    const fields = { 'security.capabilities.add': some(['CAP_CHOWN']) };
    expect(
      refused('security: { capabilities: { add: [CAP_CHOWN, CAP_KILL] } }', fields).map(({ path }) => path),
    ).toEqual(['security.capabilities.add[1]']);
  });

  test('of another form than the values is refused as a whole', () => {
    const range = '[{ inside: 0, host: 1000, size: 10 }]';
    const fields = { 'security.userNamespace': some(['auto', 'host']) };
    expect(refused(`security: { userNamespace: { uids: ${range}, gids: ${range} } }`, fields)).toMatchObject([
      { path: 'security.userNamespace', expected: '"auto" or "host"' },
    ]);
  });

  test('that is not supported at all is refused item by item', () => {
    const fields = { 'network.mode': all, 'network.ports': none, 'network.hosts': none };
    expect(refused('network: { mode: bridge, ports: ["80", "90"], hosts: { a: 10.0.0.1 } }', fields)).toEqual(
      [
        { path: 'network.ports[0]', what: '"80"', reason: 'it has none' },
        { path: 'network.ports[1]', what: '"90"', reason: 'it has none' },
        { path: 'network.hosts.a', what: '"10.0.0.1"', reason: 'it has none' },
      ],
    );
  });

  test.each(['network: { ports: [] }', 'network: {}', 'mounts: []', 'environment: {}'])(
    'that asks for nothing is not refused: %s',
    (text) => {
      expect(refused(text, { 'network.ports': none })).toEqual([]);
    },
  );

  test('has to be said where its default is not supported', () => {
    const fields = { 'security.seccomp': some(['unconfined'], { unsupportedDefault: 'default' }) };
    expect(refused('', fields)).toEqual([
      {
        path: 'security.seccomp',
        what: 'the default "default"',
        reason: 'so it is',
        expected: '"unconfined"',
      },
    ]);
    expect(refused('security: { seccomp: unconfined }', fields)).toEqual([]);
    expect(refused('security: { seccomp: default }', fields)).toHaveLength(1);
  });
});

test('a default of the items of a list is that of each item that says nothing', () => {
  const fields = {
    'mounts[].tmpfs': all,
    'mounts[].target': all,
    'mounts[].mode': some(['0755'], { unsupportedDefault: '1777' }),
  };
  const mounts = 'mounts: [{ tmpfs: true, target: /a, mode: "0755" }, { tmpfs: true, target: /b }]';
  expect(refused(mounts, fields)).toEqual([
    { path: 'mounts[1].mode', what: 'the default "1777"', reason: 'so it is', expected: '"0755"' },
  ]);
  expect(refused('', fields)).toEqual([]);
});

describe('a Job', () => {
  test('is refused what a Container may say, also where the backend supports it', () => {
    const fields: { [field: string]: Support } = {
      'monitor.restart.policy': { support: 'all' },
      'logging.driver': { support: 'all' },
    };
    const text = 'monitor: { restart: { policy: on-failure } }\nlogging: { driver: file }';
    expect(refused(text, fields)).toEqual([]);
    expect(refused(text, fields, 'Job')).toEqual([
      { path: 'monitor.restart.policy', what: '"on-failure"', isOfJob: true },
      { path: 'logging.driver', what: '"file"', isOfJob: true },
    ]);
    expect(
      refused('monitor: { restart: { policy: never } }\nlogging: { driver: none }', fields, 'Job'),
    ).toEqual([]);
  });

  test('is refused by the backend what that does not support, and once', () => {
    expect(refused('logging: { driver: file }', { 'logging.driver': none }, 'Job')).toEqual([
      { path: 'logging.driver', what: '"file"', reason: 'it has none' },
    ]);
  });
});
