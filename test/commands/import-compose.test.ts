import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Programs that the images of the fixtures have, and that do no more than to be there. */
function addProgram(path: string, text = 'exec sleep 1000'): void {
  const file = join(cli.directory, 'rootfs', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

describe('a compose file that has come over runs', () => {
  test('a batch: its services one after the other, as each waits for the end of another', async () => {
    const file = await come('batch');
    await image('batch/tools:1');
    expect((await cli.sc('plan', file)).exitCode).toBe(3);
    const { stdout, stderr, exitCode } = await cli.sc('apply', file);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toContain('prepared\n');
    expect(stdout).toContain('counted\n/work\n');
  });

  test.each([
    ['shop', ['mariadb:11.4', 'shop/web:2.1'], ['db', 'web']],
    ['queue', ['redis:7-alpine', 'orders/app:5'], ['queue', 'worker-1', 'worker-2', 'worker-3', 'mailer']],
    [
      'metrics',
      ['metrics/collector:2', 'metrics/node:1', 'metrics/board:11'],
      ['collector', 'node', 'board'],
    ],
    ['proxy', ['proxy/server:3', 'app/one', 'app/two', 'app/sidecar'], ['proxy', 'one', 'two', 'sidecar']],
  ])('%s', async (name, images, running) => {
    for (const path of ['bin/redis-server', 'bin/worker', 'bin/mailer', 'bin/server']) addProgram(path);
    addProgram('bin/migrate', 'echo migrated');
    addProgram('bin/daemon');
    for (const each of ['collector.yml', 'password.txt', 'token.txt']) cli.write(each, 'x');
    // Where a service has arguments only, its image has the program.
    const ofName = name === 'metrics' ? ['ENTRYPOINT ["/bin/daemon"]'] : ['CMD ["sleep", "1000"]'];
    for (const each of images) await image(each, ...ofName);
    const file = await come(name);
    const set = ['--set', 'DB_PASSWORD=secret'];
    const { stderr, exitCode } = await cli.sc('apply', file, ...set);
    expect(exitCode, stderr).toBe(0);
    const { stdout } = await cli.sc('ps', '--filter', 'status=running', '--json');
    const names = (JSON.parse(stdout).containers as { name: string }[]).map((container) => container.name);
    expect(names.sort()).toEqual([...running].sort());
    await cli.deleteAll();
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

test('sc import compose takes what a file includes, and tells of each where it stands', async () => {
  mkdirSync(join(cli.directory, 'lib'));
  cli.write('lib/db.yaml', 'services:\n  db: { image: d, build: ., volumes: ["./data:/data"] }\n');
  cli.write('d.yaml', 'include: [lib/db.yaml]\nservices:\n  web: { image: a, restart: often }\n');
  const bad = await cli.sc('import', 'compose', 'd.yaml');
  expect(bad.stderr).toMatch(/^d\.yaml:3:29: services\.web\.restart: found "often"/);
  cli.write('d.yaml', 'include: [lib/db.yaml]\nservices:\n  web: { image: a, depends_on: [db] }\n');
  const path = join(cli.directory, 'd.yaml');
  const { stdout, stderr, exitCode } = await cli.sc('import', 'compose', path);
  const note =
    'lib/db.yaml:2:26: services.db.build: nothing is built by this file: the image "d" has to be there\n';
  expect({ stderr, exitCode }).toEqual({ stderr: `${cli.directory}/${note}`, exitCode: 0 });
  expect(stdout).toContain('bind: ./lib/data\n');
  const strict = await cli.sc('import', 'compose', '--strict', 'd.yaml');
  expect({ stderr: strict.stderr, exitCode: strict.exitCode }).toEqual({ stderr: note, exitCode: 2 });
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
