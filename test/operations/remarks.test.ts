import { EventEmitter } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flagOf } from '../../src/operations/flag-names.ts';
import { tellRemarks } from '../../src/operations/make-plan.ts';
import type { Plan, PlanField } from '../../src/schema/plan.ts';
import { spec } from '../support/containers.ts';

test('a caller is told what the host makes of the fields that somebody wrote, and of no other', () => {
  const field = (path: string, source: PlanField['source'], remark?: string): PlanField => ({
    ...{ path, source, value: 1 },
    ...(remark !== undefined && { remark }),
  });
  const plan: Plan = {
    apiVersion: 'standard-container/v1',
    file: 'command line',
    changes: true,
    documents: [],
    steps: [
      {
        ...{ kind: 'create', name: 'web', container: spec(['true']), reason: 'there is none' },
        fields: [
          field('resources.memory', 'commandLine', 'swap is not limited'),
          field('resources.rlimits.nofile', 'default', 'the host has less'),
          field('resources.pids', 'commandLine'),
        ],
      },
    ],
  };
  const directory = mkdtempSync(join(tmpdir(), 'sc-test-'));
  const file = join(directory, 'stderr');
  const descriptor = openSync(file, 'w');
  const stream = { descriptor, terminal: false };
  try {
    const caller = { stdin: stream, stdout: stream, stderr: stream, environment: {}, workingDirectory: '/' };
    tellRemarks(plan, { ...caller, signals: new EventEmitter() }, flagOf);
    expect(readFileSync(file, 'utf8')).toBe('sc: "web": --memory: swap is not limited\n');
  } finally {
    closeSync(descriptor);
    rmSync(directory, { recursive: true });
  }
});
