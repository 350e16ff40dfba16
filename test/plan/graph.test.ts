import { expect, test } from 'vitest';
import { graphOf } from '../../src/plan/graph.ts';
import type { Plan, PlanDocument } from '../../src/schema/plan.ts';

const planOf = (...documents: PlanDocument[]): Plan => ({
  apiVersion: 'standard-container/v1',
  file: 'shop.yaml',
  changes: true,
  documents,
  steps: [],
});

test('each document is a box of its kind with what becomes of it, and an arrow leads to what comes after it', () => {
  const graph = graphOf(
    planOf(
      { kind: 'Volume', name: 'data', change: 'create', after: [], steps: 1 },
      { kind: 'Network', name: 'inner', change: 'none', after: [], steps: 0 },
      {
        kind: 'Container',
        name: 'data',
        change: 'update',
        after: [
          { kind: 'Volume', name: 'data' },
          { kind: 'Network', name: 'inner' },
        ],
        steps: 1,
      },
      {
        kind: 'Job',
        name: 'migrate',
        change: 'run',
        after: [{ kind: 'Container', name: 'data', condition: 'healthy' }],
        steps: 3,
      },
    ),
  );
  expect(graph).toBe(`flowchart TD
  d1[("Volume data<br>create")]:::create
  d2{{"Network inner<br>unchanged"}}
  d3["Container data<br>update"]:::update
  d4(["Job migrate<br>run"]):::run
  d1 --> d3
  d2 --> d3
  d3 -->|healthy| d4
  classDef create stroke:#1a7f37,stroke-width:2px
  classDef run stroke:#1a7f37,stroke-width:2px
  classDef update stroke:#9a6700,stroke-width:2px`);
});

test('what comes before and is not of the plan has no arrow', () => {
  const after = [{ kind: 'Container', name: 'gone', condition: 'started' }] as const;
  const graph = graphOf(
    planOf({ kind: 'Container', name: 'web', change: 'none', after: [...after], steps: 0 }),
  );
  expect(graph).toBe('flowchart TD\n  d1["Container web<br>unchanged"]');
});
