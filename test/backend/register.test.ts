import { describe, expect, test } from 'vitest';
import type { LaunchRequest } from '../../src/backend/backend.ts';
import { all, each, some } from '../../src/backend/features.ts';
import { wholeBackend } from '../../src/backend/least.ts';
import { type BackendFields, registerBackend } from '../../src/backend/register.ts';
import { featuresOf, openBackend, openLivePowers } from '../../src/backend/registry.ts';
import { spec } from '../support/containers.ts';

const fields: BackendFields = {
  ...each(
    all(),
    'network.mode',
    'namespaces.pid',
    'namespaces.mount',
    'namespaces.uts',
    'namespaces.ipc',
    'namespaces.network',
    'namespaces.cgroup',
    'security.noNewPrivileges',
    'security.capabilities.add',
    'security.maskedPaths.add',
    'security.readOnlyPaths.add',
  ),
  'resources.pids': some([2048], 'there is one limit'),
  'security.seccomp': some(['unconfined'], 'there is no filter', { unsupportedDefault: 'default' }),
};
const end = { code: 4, cause: 'exit' } as const;
const open = () => ({
  launch: async () => ({ pid: 1, kill: () => undefined, wait: async () => end }),
  isPaused: () => true,
});

describe('registerBackend', () => {
  test('has a backend opened by its name, with the powers that it has', async () => {
    registerBackend('mine', open, fields);
    const backend = await openBackend('mine', '/nowhere');
    expect(backend.name).toBe('mine');
    expect((await openLivePowers('mine', '/nowhere')).isPaused?.({ id: '', pid: 1 })).toBe(true);
    expect(backend.execute).toBeUndefined();
    expect(() => registerBackend('mine', open, fields)).toThrow('backend "mine" is there already');
    expect(() => registerBackend('native', open, fields)).toThrow('backend "native" is there already');
  });

  test.each(['', 'Mine', 'oci:mine', '../mine', '__proto__'])('refuses the name "%s"', (name) => {
    expect(() => registerBackend(name, open, fields)).toThrow(expect.objectContaining({ code: 'SC_USAGE' }));
  });

  test('what is not declared is not supported', async () => {
    registerBackend('silent', open, fields);
    const declared = (await featuresOf('silent')).fields;
    expect(declared['resources.memory']).toEqual({
      support: 'none',
      reason: 'it does not declare this field',
    });
    expect(declared['network.mode']).toEqual({ support: 'all' });
  });

  test('a field that there is not is refused', () => {
    const wrong = { ...fields, 'resources.memry': all() } as BackendFields;
    expect(() => registerBackend('wrong', open, wrong)).toThrow(
      'register backend "wrong": there is no field "resources.memry"; did you mean resources.memory',
    );
  });

  test.each([
    ['nothing', undefined],
    ['none', { support: 'none', reason: 'it cannot' }],
    ['some without the default', { support: 'some', values: ['unconfined'], reason: 'it cannot' }],
  ] as const)('of a default that confines it has to be said whether it holds: %s', (_, support) => {
    const { 'security.seccomp': seccomp, ...others } = fields;
    const silent = { ...others, ...(support && { 'security.seccomp': support }) } as BackendFields;
    expect(() => registerBackend('unsaid', open, silent)).toThrow(
      'it does not say whether "security.seccomp" is "default" where a file says nothing',
    );
  });
});

describe('the least backend', () => {
  const request = { container: spec(['true']) } as LaunchRequest;

  test('is a whole one with what nobody has to write', async () => {
    const backend = await wholeBackend('mine', open());
    expect([backend.unsupported(request.container), backend.remarks(request.container)]).toEqual([[], []]);
    expect(backend.readExit('/nowhere')).toBeUndefined();
    await backend.cleanUp('0');
    const handle = await backend.launch(request);
    expect([handle.pid, handle.keeperPid, await handle.wait()]).toEqual([1, 1, end]);
    expect(await handle.leave()).toBe(false);
    handle.relayRealTimeSignals()();
    handle.release();
  });

  test('what it throws is told as a start that failed', async () => {
    const launch = () => Promise.reject(new Error('no such tool'));
    await expect((await wholeBackend('mine', { launch })).launch(request)).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      message: 'start "test" by backend "mine": no such tool',
    });
  });
});
