import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

const reopens = 'echo one; echo two >/dev/stderr; echo three >/dev/stdout; echo four >&2';
const kinds = 'for fd in 1 2; do readlink /proc/self/fd/$fd; done';

/** Runs a script in a container on these descriptors; answers the exit code and what went to stderr. */
async function onto(stdout: number, stderr: number | 'pipe', script: string, ...flags: string[]) {
  const words = ['run', '--rm', ...flags, './rootfs', 'sh', '-c', script];
  const { cwd, env } = cli.options;
  const child = spawn(cli.executable, words, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', stdout, stderr],
  });
  let said = '';
  child.stderr?.on('data', (bytes) => {
    said += bytes;
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stderr: said };
}

describe.each([[[]], [['--user', '1000']], [['--userns', 'host']]])('with %j', (flags) => {
  test('a file gets all in the order in which it was written, also by who opens it anew', async () => {
    const path = join(cli.directory, `file ${flags}`);
    const file = openSync(path, 'a');
    const before = statSync(path);
    expect((await onto(file, file, reopens, ...flags)).exitCode).toBe(0);
    closeSync(file);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\nthree\nfour\n');
    expect(statSync(path)).toMatchObject({ uid: before.uid, gid: before.gid, mode: before.mode });
  });

  test('a terminal does too, and the container does not hold it', async () => {
    const terminal = openTerminal();
    const before = fstatSync(terminal.slave);
    const { exitCode } = await onto(
      terminal.slave,
      terminal.slave,
      `${reopens}; test -t 1 || echo none`,
      ...flags,
    );
    expect(exitCode).toBe(0);
    expect(terminal.seen()).toBe('one\r\ntwo\r\nthree\r\nfour\r\nnone\r\n');
    expect(fstatSync(terminal.slave)).toMatchObject({ uid: before.uid, mode: before.mode });
    terminal.close();
  });
});

test('the container holds no file, terminal or socket of the host for its output', async () => {
  const file = openSync(join(cli.directory, 'kinds'), 'a');
  await onto(file, file, kinds);
  closeSync(file);
  expect(readFileSync(join(cli.directory, 'kinds'), 'utf8')).toMatch(/^(pipe:\S+\n){2}$/);
});

test('a file that is full ends the container as a closed pipe does, and sc says why', async () => {
  const full = openSync('/dev/full', 'w');
  const { exitCode, stderr } = await onto(full, 'pipe', 'exec cat /dev/zero');
  closeSync(full);
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/^sc: write to stdout: ENOSPC/m);
});

test('a file that is large arrives whole', async () => {
  const path = join(cli.directory, 'large');
  const file = openSync(path, 'w');
  await onto(file, file, 'dd if=/dev/zero bs=1M count=64 2>/dev/null');
  closeSync(file);
  expect(statSync(path).size).toBe(64 * 1024 * 1024);
});
