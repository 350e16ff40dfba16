import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MonitorClient } from '../../src/protocol/client.ts';
import { PROTOCOL, release } from '../../src/protocol/release.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

const repository = join(import.meta.dirname, '../..');

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

/** The built sc as it will be: with another version, and maybe another protocol. Answers what runs it. */
function makeRelease(version: string, protocol = PROTOCOL) {
  const directory = join(monitored.directory, `sc-${version}-${protocol}`);
  mkdirSync(directory);
  const isCode = (path: string) => !path.includes('.compile-cache');
  cpSync(join(repository, 'dist'), join(directory, 'dist'), { recursive: true, filter: isCode });
  for (const name of ['node_modules', 'schema']) symlinkSync(join(repository, name), join(directory, name));
  for (const name of ['package.json', 'oclif.manifest.json']) {
    const text = readFileSync(join(repository, name), 'utf8');
    writeFileSync(
      join(directory, name),
      text.replace(`"version": "${release()}"`, `"version": "${version}"`),
    );
  }
  const file = join(directory, 'dist/src/protocol/release.js');
  const code = readFileSync(file, 'utf8');
  writeFileSync(file, code.replace(`PROTOCOL = ${PROTOCOL};`, `PROTOCOL = ${protocol};`));
  const main = join(directory, 'dist/bin/main.js');
  return (...args: string[]) =>
    execa(process.execPath, [main, ...args], {
      cwd: monitored.directory,
      env: { SC_ROOT: monitored.root },
      reject: false,
      stdin: 'ignore',
    });
}

async function greeting() {
  const client = await MonitorClient.connect(monitored.root);
  client?.close();
  return client?.greeting;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');

test('a newer sc takes the monitor’s place while containers run, write, end and are started', async () => {
  const writing = (count: number, code: number) =>
    ['sh', '-c', `for n in $(seq ${count}); do echo $n; sleep 0.02; done; exit ${code}`] as const;
  await monitored.run({ name: 'long' }, ...writing(200, 3));
  await monitored.run({ name: 'again', restart: 'on-failure:4' }, ...writing(20, 4));
  const older = await greeting();
  expect(older?.release).toBe(release());

  const newer = makeRelease('99.0.0');
  const starts = Array.from({ length: 24 }, (_, index) =>
    monitored.run({ name: `short-${index}` }, ...writing(index, index)),
  );
  const { exitCode, stderr } = await newer('run', '-d', '--name', 'new', './rootfs', 'sleep', '1000');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  await Promise.all(starts);

  const now = await greeting();
  expect(now?.release).toBe('99.0.0');
  expect(now?.pid).not.toBe(older?.pid);
  for (const index of starts.keys()) {
    const { id, exit } = await monitored.ended(`short-${index}`);
    expect(exit).toEqual({ code: index, cause: 'exit' });
    expect(await monitored.log(id)).toEqual([numbers(index)]);
  }
  const again = await monitored.settled('again');
  expect(again).toMatchObject({ exit: { code: 4 }, restarts: { total: 4 } });
  expect(await monitored.log(again.id)).toEqual(Array.from({ length: 5 }, () => numbers(20)));
  const long = await monitored.ended('long');
  expect(long.exit).toEqual({ code: 3, cause: 'exit' });
  expect(await monitored.log(long.id)).toEqual([numbers(200)]);

  // The older one goes on with the newer monitor, which stays.
  await monitored.run({ name: 'old' }, 'true');
  expect(await greeting()).toEqual(now);
}, 60_000);

test('sc with another protocol replaces what is older, and says what to do about what is newer', async () => {
  await monitored.run({ name: 'one' }, 'sleep', '1000');
  const newer = makeRelease('99.0.0', PROTOCOL + 1);
  expect((await newer('run', '-d', '--name', 'two', './rootfs', 'sleep', '1000')).stderr).toBe('');
  const now = await greeting();
  expect(now).toMatchObject({ release: '99.0.0', protocol: PROTOCOL + 1 });
  await expect(monitored.run({ name: 'three' }, 'true')).rejects.toMatchObject({
    code: 'SC_PROTOCOL',
    hint: `use sc 99.0.0, or end the monitor with kill ${now?.pid}: containers live on`,
  });
  expect(await monitored.look('one')).toMatchObject({ status: 'running' });
  await expect(monitored.look('three')).rejects.toMatchObject({ code: 'SC_NOT_FOUND' });

  process.kill(now?.pid ?? 0, 'SIGTERM');
  // It serves until it has heard the signal.
  await eventually(() => (monitored.monitors().length === 0 ? true : undefined));
  await monitored.run({ name: 'three' }, 'true');
  expect(await greeting()).toMatchObject({ release: release(), protocol: PROTOCOL });
  expect(await monitored.look('two')).toMatchObject({ status: 'running' });
});
