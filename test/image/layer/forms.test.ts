import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeTree } from './described-tree.ts';
import { type forms, Stack, useDirectory } from './laboratory.ts';
import { directory, file, hardlink, type MadeEntry, madeTar, symlink } from './made-tar.ts';

useDirectory();

// Few names, so that entries and layers meet.
const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const text = fc.oneof(
  path,
  path.map((to) => `/${to}`),
  path.map((to) => `../${to}`),
);

const entry: fc.Arbitrary<MadeEntry> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(path, fc.constantFrom('x', 'yy')).map(([to, content]) => file(to, content)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(path, fc.constantFrom(0o700, 0o755), fc.nat(3))
      .map(([to, mode, mtime]) => directory(to, { mode, mtime })),
  },
  fc.tuple(path, text).map(([to, link]) => symlink(to, link)),
  fc.tuple(path, path).map(([to, link]) => hardlink(to, link)),
  path.map((to) => file(to.replace(/[^/]*$/, '.wh.$&'), '')),
  path.map((to) => file(`${to}/.wh..wh..opq`, '')),
);
const layer = fc.array(entry, { minLength: 1, maxLength: 6 });

/** What is shown, or the refusal; overlay tells hardlinks across layers no more, and no root is named here. */
async function outcome(form: (typeof forms)[number], layers: readonly MadeEntry[][]): Promise<unknown> {
  const stack = new Stack(form);
  try {
    for (const entries of layers) await stack.add(madeTar(directory('.'), ...entries));
  } catch (error) {
    return (error as Error).message;
  }
  return stack.shown((top) =>
    Object.entries(describeTree(top)).map(([at, { same: _, ...described }]) => [at, described]),
  );
}

test('both forms of any layers show the same, or refuse the same', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 3 }), async (layers) => {
      expect(await outcome('merged', layers)).toEqual(await outcome('overlay', layers));
    }),
    { numRuns: 150 },
  );
});
