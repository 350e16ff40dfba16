import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ImportComposeResult } from '../../src/schema/operations/import-compose.ts';
import { makeCommandLine } from '../support/command-line.ts';

const fixtures = join(import.meta.dirname, '../exchange/compose/fixtures');
let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(async () => {
  await cli.deleteAll();
  await cli.remove();
});

/** The container file of a fixture, in the directory of the workshop, beside the files that it names. */
async function come(name: string): Promise<string> {
  cpSync(join(fixtures, name), cli.directory, { recursive: true });
  const { stdout, exitCode } = await cli.sc('import', 'compose', 'compose.yaml');
  expect(exitCode).toBe(0);
  return cli.write(`${name}.yaml`, stdout);
}

const image = (name: string, ...changes: string[]) =>
  cli.sc('image', 'import', './rootfs', name, ...changes.flatMap((change) => ['--change', change]));

describe('a compose file that has come over', () => {
  test('of a batch runs its services one after the other, as each waits for the end of another', async () => {
    const file = await come('batch');
    await image('batch/tools:1');
    expect((await cli.sc('plan', file)).exitCode).toBe(3);
    const { stdout, stderr, exitCode } = await cli.sc('apply', file);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('prepared\n');
    expect(stdout).toContain('counted\n/work\n');
  });
});

test('sc import compose prints a container file, and on stderr what has no counterpart', async () => {
  cli.write('a.yaml', 'services:\n  web: { image: a, network_mode: none, build: . }\n');
  const { stdout, stderr, exitCode } = await cli.sc('import', 'compose', 'a.yaml');
  const note =
    'a.yaml:2:47: services.web.build: nothing is built by this file: the image "a" has to be there';
  expect({ stderr, exitCode }).toEqual({ stderr: `${note}\n`, exitCode: 0 });
  expect(stdout).toContain(`#   ${note}\n`);
  const { documents, notes, text } = await cli.json<ImportComposeResult>(
    'import',
    'compose',
    'a.yaml',
    '--json',
  );
  expect(documents).toEqual([{ kind: 'Container', name: 'web' }]);
  expect(notes).toEqual([expect.objectContaining({ line: 2, column: 47, path: 'services.web.build' })]);
  expect(text).toBe(stdout);
});

test('sc import compose --strict refuses what cannot be carried over, with the line', async () => {
  cli.write('b.yaml', 'services:\n  web: { image: a, build: . }\n');
  const { stdout, stderr, exitCode } = await cli.sc('import', 'compose', '--strict', 'b.yaml');
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(/^b\.yaml:2:27: services\.web\.build: /);
});

test('sc import compose tells all that is wrong, and reads variables of --set', async () => {
  cli.write('c.yaml', 'services:\n  web: { image: a, restart: $POLICY }\n');
  const bad = await cli.sc('import', 'compose', 'c.yaml', '--set', 'POLICY=often');
  expect(bad.stderr).toContain('c.yaml:2:29: services.web.restart: found "$POLICY"; expected no, always');
  expect(bad.exitCode).toBe(2);
  const good = await cli.sc('import', 'compose', 'c.yaml', '--set', 'POLICY=always');
  expect(good.stdout).toContain('policy: always');
  expect((await cli.sc('import', 'compose', 'nosuch.yaml')).stderr).toContain('there is no such file');
});
