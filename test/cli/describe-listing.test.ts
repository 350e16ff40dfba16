import { expect, test } from 'vitest';
import { describeIds, describeListing } from '../../src/cli/describe-listing.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { newState } from '../support/states.ts';

const now = Date.parse('2026-06-01T12:00:00.000Z');
const form = { now, isWhole: false, isRestarting: () => false };
const at = (seconds: number) => new Date(now - seconds * 1000).toISOString();

const up = { status: 'running', startedAt: at(180) } as const;
const stopped = { status: 'stopped', startedAt: at(9000), finishedAt: at(7200) } as const;

/** What is shown of a container in its column. */
function statusOf(changes: Partial<ContainerState>, isRestarting = false): string {
  const state = newState({ name: 'web', createdAt: at(7200), ...changes });
  const words = describeListing(
    { containers: [state], broken: [] },
    { ...form, isRestarting: () => isRestarting },
  );
  const [header = '', row = ''] = words.split('\n');
  return row.slice(header.indexOf('STATUS'), header.indexOf('IMAGE')).trimEnd();
}

test.each<[string, Partial<ContainerState>]>([
  ['Up 3 minutes', up],
  ['Up 3 minutes (Paused)', { ...up, status: 'paused' }],
  ['Up 3 minutes (healthy)', { ...up, health: { status: 'healthy', failures: 0 } }],
  ['Up 3 minutes (unhealthy)', { ...up, health: { status: 'unhealthy', failures: 3 } }],
  ['Up 3 minutes (health: starting)', { ...up, health: { status: 'starting', failures: 0 } }],
  ['Exited (0) 2 hours ago', { ...stopped, exit: { code: 0, cause: 'exit' } }],
  ['Exited (137, oom) 2 hours ago', { ...stopped, exit: { code: 137, signal: 'SIGKILL', cause: 'oom' } }],
  ['Exited (?, unknown)', { status: 'stopped', exit: { code: null, cause: 'unknown' } }],
  ['Created', { status: 'created' }],
  ['Creating', { status: 'creating' }],
])('%s', (words, changes) => {
  expect(statusOf(changes)).toBe(words);
});

test('one that is to be started again has not just exited', () => {
  expect(statusOf({ ...stopped, finishedAt: at(5), exit: { code: 1, cause: 'exit' } }, true)).toBe(
    'Restarting (1) 5 seconds ago',
  );
});

test('IDs and commands are short, or whole', () => {
  const state = newState({ name: 'web', createdAt: at(30), status: 'created' });
  state.spec.process.args = ['sh', '-c', `echo ${'long '.repeat(20)}\nand more`];
  const listing = { containers: [state], broken: [] };
  const [, short = ''] = describeListing(listing, form).split('\n');
  expect(short).toMatch(
    /^[0-9a-f]{12} {2}web {3}Created {2}\/ {6}sh -c echo long .*\.\.\. {2}30 seconds ago$/,
  );
  const [, whole = ''] = describeListing(listing, { ...form, isWhole: true }).split('\n');
  expect(whole.startsWith(`${state.id}  web`)).toBe(true);
  expect(whole).toContain('long \\nand more');
  expect(describeIds(listing, { isWhole: false })).toBe(state.id.slice(0, 12));
  expect(describeIds(listing, { isWhole: true })).toBe(state.id);
});

test('a container whose record is broken shows its code in the table, and the whole reason below', () => {
  const message = `read the record of container "${'a'.repeat(64)}": it is no JSON, as after a full disk`;
  const broken = [{ id: 'a'.repeat(64), code: 'SC_STATE_CORRUPT' as const, message }];
  expect(describeListing({ containers: [], broken }, form).split('\n')).toEqual([
    'ID            NAME  STATUS                     IMAGE  COMMAND  CREATED',
    'aaaaaaaaaaaa        broken (SC_STATE_CORRUPT)',
    message,
  ]);
});
