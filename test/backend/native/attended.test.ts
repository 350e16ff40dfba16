import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ContainerHandle } from '../../../src/backend/backend.ts';
import { processIsAlive, processReference } from '../../../src/linux/process.ts';
import { eventually } from '../../support/command-line.ts';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const terminal = { tty: true, stdin: true };

/** A place for the record and the log of one container whose caller is at its terminal. */
function makePlace() {
  const recordDirectory = mkdtempSync(join(native.workshop.directory, 'place-'));
  const directory = join(recordDirectory, 'log');
  mkdirSync(directory);
  const log = { directory, maxSize: 20 << 20, maxFiles: 5 };
  return { recordDirectory, directory, request: { recordDirectory, detached: { log, isAttended: true } } };
}

async function launch(script: string, { request }: ReturnType<typeof makePlace>) {
  const { handle } = await native.launch(['sh', '-c', script], { terminal }, request);
  return { handle, master: handle.terminal ?? -1 };
}

const logOf = ({ directory }: ReturnType<typeof makePlace>) => readFileSync(join(directory, 'data'), 'utf8');

/** The next words of the terminal. */
function read(master: number): string {
  const bytes = Buffer.alloc(1000);
  return bytes.toString('utf8', 0, readSync(master, bytes));
}

/** How one ends that was left, as its keeper records it. */
const endOf = async ({ keeperPid }: ContainerHandle, { recordDirectory }: ReturnType<typeof makePlace>) => {
  const keeper = processReference(keeperPid);
  return native.backend.adopt({ id: '0'.repeat(64), keeper, recordDirectory }).wait();
};

describe('a container whose caller is at its terminal', () => {
  test('ends as any other, and keeps nothing, where it is not left', async () => {
    const place = makePlace();
    const { handle, master } = await launch('stty -echo; echo up; read line; echo "$line"; exit 3', place);
    expect(read(master)).toBe('up\r\n');
    writeSync(master, 'hello\n');
    expect(read(master)).toBe('hello\r\n');
    closeSync(master);
    expect(await handle.wait()).toEqual({ code: 3, cause: 'exit' });
    expect(readdirSync(place.directory)).toEqual([]);
    expect(native.backend.readExit(place.recordDirectory)?.exit).toEqual({ code: 3, cause: 'exit' });
  });

  test('lives on and keeps what it writes from then on, where it is left', async () => {
    const place = makePlace();
    const { handle, master } = await launch(
      'stty -echo; echo before; read line; echo "$line"; exit 3',
      place,
    );
    expect(read(master)).toBe('before\r\n');
    expect(await handle.leave()).toBe(true);
    const end = endOf(handle, place);
    writeSync(master, 'hello\n');
    closeSync(master);
    expect(await end).toEqual({ code: 3, cause: 'exit' });
    expect(logOf(place)).toBe('hello\r\n');
  });

  test('loses nothing of what it writes while it is left', async () => {
    const place = makePlace();
    const { handle, master } = await launch('read line; seq 1 20000', place);
    writeSync(master, '\n');
    let seen = '';
    while (!seen.includes('\n100\r')) seen += read(master);
    expect(await handle.leave()).toBe(true);
    closeSync(master);
    await endOf(handle, place);
    const numbers = (seen + logOf(place)).replaceAll('\r', '').trim().split('\n').map(Number);
    expect(numbers).toEqual(Array.from({ length: 20_000 }, (_, index) => index + 1));
  });

  test('stays as it is where its log cannot be begun, and can be left when it can', async () => {
    const place = makePlace();
    const { handle, master } = await launch(
      'stty -echo; echo up; while read line; do echo "$line"; done',
      place,
    );
    expect(read(master)).toBe('up\r\n');
    mkdirSync(join(place.directory, 'data'));
    await expect(handle.leave()).rejects.toMatchObject({ message: 'begin the log: EISDIR', errno: 'EISDIR' });
    writeSync(master, 'still here\n');
    expect(read(master)).toBe('still here\r\n');
    rmdirSync(join(place.directory, 'data'));
    expect(await handle.leave()).toBe(true);
    writeSync(master, 'gone\n');
    await eventually(() => (logOf(place) === 'gone\r\n' ? true : undefined));
    closeSync(master);
    process.kill(handle.pid, 'SIGKILL');
    expect(await endOf(handle, place)).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
  });

  test('cannot be left when it has ended', async () => {
    const place = makePlace();
    const { handle, master } = await launch('exit 4', place);
    closeSync(master);
    await handle.wait();
    expect(await handle.leave()).toBe(false);
  });

  test('ends with its caller, where it was not left', async () => {
    const place = makePlace();
    const { id } = spec([]);
    const more = { changes: { id, terminal }, request: place.request };
    const args = [
      join(import.meta.dirname, 'runner.ts'),
      native.workshop.directory,
      JSON.stringify({ ...more, isReleased: false }),
    ];
    const runner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    runner.stdout.on('data', (bytes) => {
      output += bytes;
    });
    const pid = await eventually(() => /running (\d+)/.exec(output)?.[1]);
    const keeper = processReference(Number(pid));
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    await eventually(() => (processIsAlive(keeper) ? undefined : true));
    expect(native.backend.readExit(place.recordDirectory)?.exit).toMatchObject({
      code: 137,
      cause: 'runner',
    });
    expect(readdirSync(place.directory)).toEqual([]);
  });
});
