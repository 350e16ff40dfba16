import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

/** Runs a script in a container that reads from this descriptor; answers the exit code and what it said. */
async function from(stdin: number, script: string, ...flags: string[]) {
  const words = ['run', '--rm', '-i', ...flags, './rootfs', 'sh', '-c', script];
  const { cwd, env } = cli.options;
  const child = spawn(cli.executable, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes) => {
      said += bytes;
    });
  const [exitCode] = await once(child, 'close');
  return { exitCode, said };
}

describe.each([[[]], [['--userns', 'host']]])('with %j', (flags) => {
  test('a file is read, and neither written nor given away', async () => {
    const path = join(cli.directory, 'input');
    writeFileSync(path, 'read me\n');
    chmodSync(path, 0o600);
    const before = statSync(path);
    const file = openSync(path, 'r');
    const grab = 'echo written >/proc/self/fd/0; chmod 4777 /proc/self/fd/0; chown 5:5 /proc/self/fd/0';
    const { said } = await from(file, `cat; ${grab}`, ...flags);
    closeSync(file);
    expect(said).toBe('read me\n');
    expect(readFileSync(path, 'utf8')).toBe('read me\n');
    expect(statSync(path)).toMatchObject({ uid: before.uid, gid: before.gid, mode: before.mode });
  });

  test('a terminal is read, and not held', async () => {
    const terminal = openTerminal();
    terminal.type('typed\n\x04');
    const { exitCode, said } = await from(
      terminal.slave,
      'test -t 0 || cat; readlink /proc/self/fd/0',
      ...flags,
    );
    terminal.close();
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: expect.stringMatching(/^typed\npipe:\S+\n$/) });
  });
});

test('a FIFO and a large file arrive whole', async () => {
  const fifo = join(cli.directory, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const both = openSync(fifo, 'r+');
  const reader = openSync(fifo, 'r');
  writeFileSync(both, 'through a FIFO\n');
  closeSync(both);
  // Nobody writes any more, but what was written is still in it as long as somebody reads.
  expect(await from(reader, 'cat')).toEqual({ exitCode: 0, said: 'through a FIFO\n' });
  closeSync(reader);

  const path = join(cli.directory, 'large');
  writeFileSync(path, Buffer.alloc(16 * 1024 * 1024));
  const file = openSync(path, 'r');
  expect((await from(file, 'wc -c')).said.trim()).toBe(String(16 * 1024 * 1024));
  closeSync(file);
});

test('a container that does not read ends all the same', async () => {
  const endless = openSync('/dev/zero', 'r');
  expect(await from(endless, 'exit 3')).toEqual({ exitCode: 3, said: '' });
  closeSync(endless);
  const terminal = openTerminal();
  expect(await from(terminal.slave, 'exit 3')).toEqual({ exitCode: 3, said: '' });
  terminal.close();
});

test('a directory of the host is refused', async () => {
  const directory = openSync('/', 'r');
  expect((await from(directory, 'true')).exitCode).toBe(125);
  closeSync(directory);
});
