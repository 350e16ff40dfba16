import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { processReference } from '../../src/linux/process.ts';
import type { ProcessReference } from '../../src/schema/container-state.ts';
import { observe } from '../../src/state/observe.ts';
import { newState } from '../support/states.ts';

const living = processReference(process.pid);
const dead = await deadProcess();
const exit = { exit: { code: 3, cause: 'exit' }, finishedAt: '2026-01-01T00:00:00.000Z' } as const;

async function deadProcess(): Promise<ProcessReference> {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const reference = processReference(child.pid ?? 0);
  child.kill();
  await once(child, 'close');
  return reference;
}

const unreadable = () => {
  throw new Error('nobody asked for the exit record');
};

describe('a container that somebody tends is as it was recorded', () => {
  test.each(['creating', 'created', 'running', 'paused'] as const)('%s', (status) => {
    for (const processes of [
      { runner: living },
      { runner: living, keeper: dead },
      { runner: dead, keeper: living },
    ]) {
      const state = newState({ status, ...processes });
      expect(observe(state, '/nowhere', unreadable)).toBe(state);
    }
  });
});

describe('a container that nobody tends has stopped', () => {
  test.each(['creating', 'created', 'running', 'paused'] as const)(
    'from %s, with what the keeper recorded',
    (status) => {
      const state = newState({ status, runner: dead, keeper: dead });
      const read = (directory: string) => (directory === '/here' ? exit : undefined);
      expect(observe(state, '/here', read)).toEqual({ ...state, status: 'stopped', ...exit });
    },
  );

  test.each([
    ['creating', 'runner'],
    ['created', 'runner'],
    ['running', 'unknown'],
    ['paused', 'unknown'],
  ] as const)('from %s, with an unknown code where nothing was recorded', (status, cause) => {
    const state = newState({ status, runner: dead });
    expect(observe(state, '/here', () => undefined)).toEqual({
      ...state,
      status: 'stopped',
      exit: { code: null, cause },
    });
  });

  test('when its processes were of another boot, whoever has their numbers now', () => {
    const state = newState({ status: 'running', runner: living, keeper: living, bootId: 'another' });
    expect(observe(state, '/here', () => undefined).status).toBe('stopped');
    expect(observe(state, '/here', () => exit)).toMatchObject(exit);
  });

  test('when a later process has the number of its keeper', () => {
    const later = { ...living, startTime: living.startTime - 1 };
    const state = newState({ status: 'running', runner: dead, keeper: later });
    expect(observe(state, '/here', () => exit).status).toBe('stopped');
  });
});

test('a detached one that runs is tended by its keeper alone, whether its monitor lives or not', () => {
  const running = { status: 'running', detached: true } as const;
  const orphaned = newState({ ...running, runner: dead, keeper: living });
  expect(observe(orphaned, '/nowhere', unreadable)).toBe(orphaned);
  const ended = newState({ ...running, runner: living, keeper: dead });
  expect(observe(ended, '/here', () => exit)).toMatchObject({ status: 'stopped', ...exit });
});

test('one that has stopped stays as it was recorded', () => {
  const state = newState({ status: 'stopped', runner: dead, bootId: 'another', ...exit });
  expect(observe(state, '/here', unreadable)).toBe(state);
});
