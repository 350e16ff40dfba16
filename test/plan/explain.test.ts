import { expect, test } from 'vitest';
import { explainPlan } from '../../src/plan/explain.ts';
import type { Plan } from '../../src/schema/plan.ts';
import { spec } from '../support/containers.ts';

test('a plan in words names each step with its reason and each field with who said it', () => {
  const plan: Plan = {
    apiVersion: 'standard-container/v1',
    file: 'a.yaml',
    changes: true,
    documents: [
      { kind: 'Image', name: 'web', change: 'create', after: [], steps: 1 },
      { kind: 'Container', name: 'db', change: 'none', after: [], steps: 0 },
      {
        ...{ kind: 'Container', name: 'hello', change: 'replace', steps: 2 },
        after: [
          { kind: 'Image', name: 'web' },
          { kind: 'Container', name: 'db', condition: 'healthy' },
          { kind: 'Job', name: 'seed', condition: 'completed' },
        ],
      },
    ],
    steps: [
      {
        kind: 'image',
        name: 'web:1.0',
        id: 'sha256:1',
        digest: 'sha256:2',
        from: 'archive:/srv/web.tar',
        reason: 'there is none',
      },
      { kind: 'remove', id: 'e'.repeat(64), name: 'hello', reason: 'it has ended' },
      {
        kind: 'create',
        name: 'hello',
        container: spec(['true']),
        reason: 'there is none',
        fields: [
          { path: 'process.args', value: ['sh', '-c', 'echo "hi" there'], source: 'file' },
          { path: 'process.umask', value: 0o022, source: 'default' },
          { path: 'resources.memory', value: 2 ** 28, source: 'commandLine' },
          { path: 'signals.stopTimeout', value: -1, source: 'file' },
          { path: 'labels', value: {}, source: 'default' },
        ],
      },
    ],
  };
  expect(explainPlan(plan).split('\n')).toEqual([
    'a.yaml: 3 steps',
    '1. image web:1.0: there is none',
    '   from  archive:/srv/web.tar',
    '   id    sha256:1',
    '2. remove hello: it has ended',
    '   after db is healthy, seed has ended with code 0',
    '3. create hello: there is none',
    '   process.args         from the file          sh -c "echo \\"hi\\" there"',
    '   process.umask        default                0022',
    '   resources.memory     from the command line  256Mi',
    '   signals.stopTimeout  from the file          forever',
    '   labels               default                none',
  ]);
});

test('a plan without a step says so', () => {
  const plan: Plan = {
    apiVersion: 'standard-container/v1',
    file: 'a.yaml',
    changes: false,
    documents: [],
    steps: [],
  };
  expect(explainPlan(plan)).toBe('a.yaml: nothing to change');
});
