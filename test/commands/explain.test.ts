import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backendNames, featuresOf } from '../../src/backend/registry.ts';
import type { ExplainResult, ExplainSubjects } from '../../src/schema/operations/explain.ts';
import { makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

test('sc explain prints the words of the schema, and makes nothing', async () => {
  const { stdout, stderr, exitCode } = await cli.sc('explain', 'resources.shm');
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(stdout).toContain('container.resources.shm: a size with its unit\n');
  expect(stdout).toContain('\n  Size of /dev/shm, in bytes with a unit.\n');
  expect(stdout).toMatch(/^ {2}default +64Mi$/m);
  expect(stdout).toMatch(/^ {2}examples +256Mi$/m);
  for (const backend of backendNames) expect(stdout).toMatch(new RegExp(`^  ${backend} +all`, 'm'));
  expect(existsSync(cli.root)).toBe(false);
});

test('sc explain --json is the documented object, with what each backend declares', async () => {
  const { backends } = await cli.json<ExplainResult>('explain', 'container.terminal.tty', '--json');
  const declared = await Promise.all(backendNames.map(featuresOf));
  expect(backends).toEqual(
    declared.map(({ backend, fields }) => ({ backend, support: fields['terminal.tty'] })),
  );
  expect(await cli.json('explain', 'container.network', '--json')).not.toHaveProperty('backends');
  const { subjects } = await cli.json<ExplainSubjects>('explain', '--json');
  expect(subjects.map(({ name }) => name)).toContain('container');
});

test('sc explain of an unknown path names the nearest', async () => {
  const { stderr, exitCode } = await cli.sc('explain', 'container.netwrk');
  expect(stderr).toBe(
    'sc: nothing is called "container.netwrk"; did you mean container.network\nTry: sc explain container\n',
  );
  expect(exitCode).toBe(1);
});
