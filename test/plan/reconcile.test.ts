import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../src/linux/id-maps.ts';
import { inOrder } from '../../src/plan/order.ts';
import { stepsOfContainer, withRestarts } from '../../src/plan/reconcile.ts';
import type { ContainerSpec } from '../../src/schema/container-spec.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { spec } from '../support/containers.ts';

const kept: ContainerSpec = {
  ...spec(['sleep', '1']),
  kind: 'Container',
  name: 'web',
  environment: { A: '1' },
};

function stateOf(container: ContainerSpec, more: Partial<ContainerState> = {}): ContainerState {
  return {
    version: 1,
    id: container.id,
    name: container.name,
    status: 'running',
    backend: 'native',
    storageDriver: 'overlay',
    bootId: 'b',
    runner: { pid: 1, startTime: 1 },
    createdAt: '2026-01-01T00:00:00.000Z',
    spec: container,
    ...more,
  };
}

function stepsTo(container: ContainerSpec, observed: ContainerState[], updates = true, backend = 'native') {
  const wanted = { ...container, id: 'f'.repeat(64) };
  return stepsOfContainer(wanted, [], { observed, replace: true, updates, backend, comparesMaps: false });
}

const words = (steps: ReturnType<typeof stepsTo>) => steps.map(({ kind, name }) => `${kind} ${name}`);

describe('a Container', () => {
  test('that is as the file says is left alone, whatever its ID, its own name as a machine and its users', () => {
    const hostname = kept.id.slice(0, 12);
    const maps = (host: number) => evenMaps({ inside: 0, host, size: 65536 });
    const before = {
      ...kept,
      network: { ...kept.network, hostname },
      security: { ...kept.security, userNamespace: maps(524288) },
    };
    const after = {
      ...before,
      network: { ...kept.network, hostname: 'f'.repeat(12) },
      security: { ...kept.security, userNamespace: maps(589824) },
    };
    expect(stepsTo(after, [stateOf(before)])).toEqual([]);
  });

  test.each([
    ['a limit', { resources: { ...kept.resources, memory: 1024 } }, 'resources.memory'],
    ['labels', { labels: { team: 'a' } }, 'labels.team'],
    [
      'a restart policy',
      { monitor: { ...kept.monitor, restart: { ...kept.monitor.restart, policy: 'always' as const } } },
      'monitor.restart.policy',
    ],
  ])('gets %s while it runs', (_what, change, path) => {
    const steps = stepsTo({ ...kept, ...change }, [stateOf(kept)]);
    expect(steps).toMatchObject([{ kind: 'update', id: kept.id, changes: [{ path }] }]);
    expect(words(stepsTo({ ...kept, ...change }, [stateOf(kept, { status: 'stopped' })]))).toEqual([
      'update web',
      'start web',
    ]);
  });

  test('is made anew by another backend, also where the file says nothing else, and that is the reason', () => {
    const reason = 'backend "native" has made it, and "lxc" is chosen';
    for (const change of [{}, { labels: { team: 'a' } }]) {
      const steps = stepsTo({ ...kept, ...change }, [stateOf(kept)], true, 'lxc');
      expect(words(steps)).toEqual(['stop web', 'remove web', 'create web', 'start web']);
      expect(steps[2]).toMatchObject({ reason });
    }
  });

  test('is replaced for anything else, with each field that is otherwise', () => {
    const changed = {
      ...kept,
      environment: { B: '2' },
      process: { ...kept.process, args: ['sleep', '2'] },
      labels: { team: 'a' },
      mounts: [{ type: 'tmpfs' as const, target: '/srv', size: 4096, mode: 0o755, readOnly: false }],
    };
    const steps = stepsTo(changed, [stateOf(kept)]);
    expect(words(steps)).toEqual(['stop web', 'remove web', 'create web', 'start web']);
    expect(steps[1]).toMatchObject({ id: kept.id, aside: 'web.before' });
    expect(steps[2]).toMatchObject({
      changes: [
        { path: 'labels.team', after: 'a' },
        { path: 'process.args', before: ['sleep', '1'], after: ['sleep', '2'] },
        { path: 'environment.A', before: '1' },
        { path: 'environment.B', after: '2' },
        { path: 'mounts[/srv]', after: changed.mounts[0] },
      ],
    });
  });

  test('is replaced for limits too where the backend does not change those of what runs', () => {
    const limited = { ...kept, resources: { ...kept.resources, memory: 1024 } };
    expect(words(stepsTo(limited, [stateOf(kept)], false))).toContain('remove web');
  });

  test.each(['rlimits', 'shm', 'oomScoreAdjust'])(
    "is replaced for %s, which is its processes' own",
    (name) => {
      const limited = {
        ...kept,
        resources: {
          ...kept.resources,
          [name]: name === 'rlimits' ? [{ name: 'nofile', soft: 9, hard: 9 }] : 7,
        },
      };
      expect(words(stepsTo(limited, [stateOf(kept)]))).toContain('remove web');
    },
  );

  test('that an apply has set aside before it was killed goes first', () => {
    const left = stateOf({ ...kept, name: 'web.before' }, { setAside: true, status: 'stopped' });
    expect(words(stepsTo(kept, [left]))).toEqual(['remove web.before', 'create web', 'start web']);
    const { setAside: _, ...own } = left;
    expect(words(stepsTo(kept, [own]))).toEqual(['create web', 'start web']);
  });
});

test('who is in the network of one that is started anew is started anew too, and keeps its ID', () => {
  const side: ContainerSpec = {
    ...{ ...kept, id: '5'.repeat(64), name: 'side' },
    network: { ...kept.network, mode: 'container', container: 'web' },
  };
  const value = (name: string, mode: string) => ({
    ...{ apiVersion: 'standard-container/v1' as const, kind: 'Container' as const, image: 'host' },
    ...{ metadata: { name }, network: { mode } },
  });
  const observed = [stateOf(kept), stateOf(side)];
  const plan = (web: ContainerSpec) =>
    withRestarts(
      inOrder(
        [
          ...[
            {
              kind: 'Container' as const,
              name: 'side',
              value: value('side', 'container:web'),
              container: side,
            },
          ],
          ...[{ kind: 'Container' as const, name: 'web', value: value('web', 'none'), container: web }],
        ].map((one) => ({ ...one, steps: stepsTo(one.container, observed) })),
      ),
      observed,
    );
  expect(plan({ ...kept, environment: {} }).map(({ name, change }) => `${name} ${change}`)).toEqual([
    'web replace',
    'side restart',
  ]);
  expect(plan({ ...kept, labels: { a: 'b' } }).map(({ change }) => change)).toEqual(['update', 'none']);
});
