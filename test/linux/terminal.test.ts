import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTerminal } from '../support/pseudo-terminal.ts';

let terminal: ReturnType<typeof openTerminal>;
beforeEach(() => {
  terminal = openTerminal();
});
afterEach(() => terminal.close());

/** Runs a program on the terminal, where `raw` is the terminal's raw mode. */
async function run(program: string): Promise<number> {
  const file = join(import.meta.dirname, '../../src/linux/terminal.ts');
  const code = `import { makeRaw } from '${file}'; const raw = makeRaw(0); ${program}`;
  const argv = ['--input-type=module-typescript', '--eval', code];
  const child = spawn(process.execPath, argv, { stdio: [terminal.slave, 'ignore', 'ignore'] });
  const [status] = await once(child, 'exit');
  return status as number;
}

describe('a terminal in raw mode is put back', () => {
  test.each([
    ['by who leaves it', 'raw.leave(); raw.leave();', 0],
    ['by a process that exits', 'process.exit(3);', 3],
    ['by a process with an error that nobody catches', 'setTimeout(() => { throw new Error("fault"); });', 1],
    ['at the end, though it was entered again', 'raw.enter(); process.exit(4);', 4],
    ['once: what somebody else makes of it later stays', 'raw.leave(); raw.enter(); process.exit(5);', 5],
  ])('%s', async (_, program, status) => {
    const before = await terminal.modes();
    expect(await run(program)).toBe(status);
    expect(await terminal.modes()).toBe(before);
  });
});

test('a terminal in raw mode lets every byte through', async () => {
  const before = await terminal.modes();
  await run('process.kill(process.pid, "SIGKILL");');
  const modes = await terminal.modes();
  expect(modes).not.toBe(before);
  for (const mode of ['-icanon', '-echo', '-isig', '-icrnl', '-opost', '-ixon'])
    expect(modes).toContain(mode);
});
