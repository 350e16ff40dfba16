import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkImports } from '../scripts/check-imports.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sc-test-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test('imports of this repository run one way', { timeout: 120_000 }, async () => {
  expect(await checkImports(dirname(import.meta.dirname))).toEqual({
    clean: true,
    report: expect.stringContaining('no dependency violations found'),
  });
});

test('a cycle between two files is found', async () => {
  plant('src/plan/step.ts', "import { compile } from './compile.ts';\nexport const step: number = compile;");
  plant('src/plan/compile.ts', "import { step } from './step.ts';\nexport const compile: number = step;");
  expect(await violations()).toEqual([expect.stringContaining('no-cycle')]);
});

test('a cycle made of imports of types alone is found', async () => {
  plant('src/plan/step.ts', "import type { Plan } from './plan.ts';\nexport interface Step { plan: Plan }");
  plant(
    'src/plan/plan.ts',
    "import { type Step } from './step.ts';\nexport interface Plan { steps: Step[] }",
  );
  expect(await violations()).toEqual([expect.stringContaining('no-cycle')]);
});

test.each([
  ['src/errors/error.ts', "import { step } from '../plan/step.ts';", 'arrows-of-errors'],
  ['src/document/load.ts', "import { libc } from '../linux/libc.ts';", 'arrows-of-document'],
  ['src/plan/compile.ts', "import type { Driver } from '../storage/driver.ts';", 'arrows-of-plan'],
  ['src/plan/compile.ts', "export * from '../backend/backend.ts';", 'arrows-of-plan'],
  ['src/plan/compile.ts', "export type { Backend } from '../backend/backend.ts';", 'arrows-of-plan'],
  ['src/linux/libc.ts', "import '../state/store.ts';", 'arrows-of-linux'],
  ['src/backend/native/native.ts', "await import('../../operations/run.ts');", 'arrows-of-backend'],
  ['src/backend/native/native.ts', "import '../../storage/overlay/overlay.ts';", 'arrows-of-backend'],
  ['src/cli/main.ts', "import '../../commands/run.ts';", 'nobody-imports-commands'],
  ['src/cli/main.ts', "import '../../test/support/containers.ts';", 'nobody-imports-test'],
  ['commands/run.ts', "import './apply.ts';", 'commands-stand-alone'],
  ['src/bag/utils.ts', "import '../errors/error.ts';", 'room-is-in-the-table'],
  ['src/plan/compile.ts', "import 'fast-check';", 'package-is-a-dependency'],
  ['src/plan/compile.ts', "import './absent.ts';", 'resolvable'],
])('in %s, %s is refused', async (file, line, rule) => {
  plantRooms();
  plant(file, line);
  expect(await violations()).toEqual([expect.stringContaining(rule)]);
});

test.each([
  ['src/document/load.ts', "import { signals } from '../linux/signals.ts';"],
  ['src/backend/native/native.ts', "import type { Driver } from '../../storage/driver.ts';"],
  ['src/operations/run.ts', "import '../backend/backend.ts';\nimport '../plan/compile.ts';"],
  ['commands/run.ts', "import '../src/operations/run.ts';"],
  ['src/document/load.ts', "import { parse } from 'yaml';\nimport '@oclif/core/flags';\nimport 'node:fs';"],
])('in %s, %s is allowed', async (file, line) => {
  plantRooms();
  plant(file, line);
  expect(await violations()).toEqual([]);
});

test('an arrow is found in a file of any syntax that we write', async () => {
  plantRooms();
  plant(
    'src/plan/compile.ts',
    `
      import type { Spec } from '../schema/spec.ts';
      class Walk<T> { readonly #name: string = 'a'; static count = 0; async *[Symbol.asyncIterator]() { yield 1 } }
      let last = undefined as Spec | undefined;
      last ??= { a: 1_000n, ...(await Promise.resolve({})) } satisfies object;
      export const later = () => import('../state/store.ts');
      export { Walk };
    `,
  );
  expect(await violations()).toEqual([expect.stringContaining('arrows-of-plan')]);
});

function plantRooms(): void {
  for (const file of [
    ...['src/errors/error.ts', 'src/schema/spec.ts', 'src/plan/step.ts', 'src/plan/compile.ts'],
    ...['src/linux/libc.ts', 'src/linux/signals.ts', 'src/state/store.ts', 'src/storage/driver.ts'],
    ...['src/storage/overlay/overlay.ts', 'src/backend/backend.ts', 'src/operations/run.ts'],
    ...['commands/run.ts', 'commands/apply.ts', 'test/support/containers.ts'],
  ]) {
    plant(file, 'export {};');
  }
}

function plant(file: string, source: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), source);
}

/** The first line of each. */
async function violations(): Promise<string[]> {
  const { report } = await checkImports(root);
  return report.split('\n').filter((line) => line.trim().startsWith('error '));
}
