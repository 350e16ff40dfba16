import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { destinations, plant, rows, sources, type Tree, treeOf } from './matrix.ts';
import { makeCopying } from './support.ts';

let cli: ReturnType<typeof makeCopying>;
beforeAll(async () => {
  cli = makeCopying();
  plant(join(cli.directory, 'rootfs/s'), sources);
  plant(join(cli.directory, 's'), sources);
  for (const index of rows.keys()) {
    plant(join(cli.directory, `rootfs/d/${index}`), destinations);
    plant(join(cli.directory, `d/${index}`), destinations);
  }
}, 60_000);
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

type Outcomes = (string | undefined)[];

/** Each row once: nothing, or the words of its error. */
async function copyAll(from: string, to: string): Promise<Outcomes> {
  const outcomes: Outcomes = [];
  for (const [index, { source, destination, flags }] of rows.entries())
    outcomes.push(
      await cli.copy(`${from}/s/${source}`, `${to}/d/${index}/${destination}`, flags).then(
        () => undefined,
        (error) => String(error),
      ),
    );
  return outcomes;
}

function checkAll(directory: string, outcomes: Outcomes): void {
  const found = rows.map(({ name, outcome }, index) => {
    const tree = treeOf(join(directory, `d/${index}`));
    const hasFailed = outcome instanceof RegExp;
    const error = outcomes[index];
    return {
      name,
      tree,
      error: hasFailed && error !== undefined && outcome.test(error) ? 'as expected' : error,
    };
  });
  const expected = rows.map(({ name, outcome }) => ({
    name,
    tree: sorted({ ...destinations, ...(outcome instanceof RegExp ? {} : outcome) }),
    error: outcome instanceof RegExp ? 'as expected' : undefined,
  }));
  expect(found.map((row) => ({ ...row, tree: sorted(row.tree) }))).toEqual(expected);
}

function sorted(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe.each([
  ['a user namespace of its own', []],
  ["the host's user namespace", ['--userns', 'host']],
])('with %s', (_, flags) => {
  test('what cp and docker cp do, into and between containers that run', async () => {
    await cli.sleeping('web', ...flags);
    await cli.sleeping('other', ...flags);
    const into = await copyAll('.', 'web:');
    checkAll(await cli.inside('web'), into);
    const between = await copyAll('web:', 'other:');
    checkAll(await cli.inside('other'), between);
    await cli.deleteAll();
  }, 60_000);

  test('and that do not', async () => {
    await cli.sleeping('web', ...flags);
    await cli.sleeping('other', ...flags);
    await cli.sc('stop', '-t', '0', 'web', 'other');
    const into = await copyAll('.', 'web:');
    const between = await copyAll('web:', 'other:');
    await cli.sc('start', 'web', 'other');
    checkAll(await cli.inside('web'), into);
    checkAll(await cli.inside('other'), between);
    await cli.deleteAll();
  }, 60_000);
});

test('what cp and docker cp do, out of a container', async () => {
  await cli.sleeping('web');
  checkAll(cli.directory, await copyAll('web:', '.'));
  await cli.deleteAll();
}, 60_000);
