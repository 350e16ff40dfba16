import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { containerFields } from '../../scripts/schema/field-paths.ts';
import { none, some } from '../../src/backend/features.ts';
import { featuresOf } from '../../src/backend/registry.ts';
import { needsOf, reasonToSkip } from './needs.ts';

const native = await featuresOf('native');
const file = join(import.meta.dirname, '../../schema/container-file.schema.json');

/** Each field with values that it can have. */
const samples = containerFields(file).flatMap(({ path, schema }) => {
  const values = (schema.examples ?? schema.enum ?? [schema.const ?? schema.default]) as unknown[];
  return values.map((value) => ({ path: path as keyof typeof native.fields, value }));
});

test('a case is never skipped whose features are declared as supported, and else with a reason', () => {
  const support = fc.constantFrom('all', 'some', 'none');
  fc.assert(
    fc.property(fc.subarray(samples, { minLength: 1 }), fc.infiniteStream(support), (chosen, kinds) => {
      const own = chosen.map(({ path, value }) => {
        const kind = kinds.next().value;
        const items = Array.isArray(value) ? value : [value];
        const declared =
          kind === 'all'
            ? { support: 'all' as const }
            : kind === 'some'
              ? some([...items, 'another'], 'so it is')
              : none('so it is');
        return { path, value, declared };
      });
      const fields = { ...native.fields, ...Object.fromEntries(own.map((one) => [one.path, one.declared])) };
      const needed = Object.fromEntries(own.map(({ path, value }) => [path, value]));
      const lacking = own.some(({ path, value }) => fields[path].support === 'none' && !isEmpty(value));
      expect(reasonToSkip({ backend: 'b', fields }, needed) !== undefined).toBe(lacking);
    }),
  );
});

test('a case that a backend can do is a test like any other', () => {
  expect(needsOf(native)({ 'security.seccomp': 'default', 'namespaces.time': 'private' })).toBe(test);
  expect(needsOf(native)({ 'network.mode': 'none' })).toBe(test);
});

test('the reason names the backend, the field, the value and why', () => {
  expect(reasonToSkip(native, { 'namespaces.pid': 'host' })).toBe(
    'native has no namespaces.pid "host": each container has one of its own',
  );
});

test('no case of a suite is skipped in another way', () => {
  for (const suite of globSync('{backend.ts,backend/**/*.ts}', { cwd: import.meta.dirname })) {
    const text = readFileSync(join(import.meta.dirname, suite), 'utf8');
    expect(text, suite).not.toMatch(/\.(skip|skipIf|runIf|todo)\b|\bskip\(/);
  }
});

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
