import { expect, test } from 'vitest';
import { HostProgram, runOnHost } from '../../src/conformance/host-program.ts';
import { eventually, isAlive } from '../support/command-line.ts';
import { processesOf } from '../support/processes.ts';

const surroundings = { directory: '/', environment: { PATH: process.env.PATH } };

const inShell = (script: string, terminal?: { rows: number; columns: number }) =>
  new HostProgram({ argv: ['/bin/sh', '-c', script], ...surroundings, terminal });

const shows = (program: HostProgram, text: string) =>
  eventually(() => (program.seen().stdout.includes(text) ? true : undefined));

test('a program of the host on a terminal is typed at and resized, and tells how the terminal was at its end', async () => {
  const size = { rows: 31, columns: 101 };
  const program = inShell(
    'stty size; stty raw -echo; echo ready; head -c 1 >/dev/null; stty size; exit 3',
    size,
  );
  await shows(program, 'ready');
  expect(program.seen()).toMatchObject({ ended: false, raw: true });
  program.resize({ rows: 43, columns: 121 });
  program.type('x');
  const { code, stdout, raw } = await program.end(60_000);
  expect({ code, raw }).toEqual({ code: 3, raw: true });
  expect(stdout).toMatch(/31 101.*ready.*43 121/s);
});

test('a character whose bytes come one after the other to a terminal is one', async () => {
  const program = inShell(
    'stty raw -echo; printf "ready \\303"; head -c 1 >/dev/null; printf "\\244 ended"',
    {
      rows: 24,
      columns: 80,
    },
  );
  await shows(program, 'ready');
  program.type('x');
  expect(await program.end(60_000)).toMatchObject({ stdout: 'ready ä ended' });
});

test('who hangs up sends SIGHUP to what runs on the terminal', async () => {
  const program = inShell('trap "exit 4" HUP; echo ready; while :; do sleep 0.02; done', {
    rows: 24,
    columns: 80,
  });
  await shows(program, 'ready');
  program.endInput();
  expect(await program.end(60_000)).toMatchObject({ code: 4 });
});

test('an input that is no terminal stays open until it is ended', async () => {
  const program = inShell('while read -r line; do echo "got $line"; done; echo ended');
  program.type('a\n');
  await shows(program, 'got a');
  program.endInput();
  expect(await program.end(60_000)).toMatchObject({ code: 0, stdout: 'got a\nended\n' });
});

test('a program that does not end is killed with its children', async () => {
  const how = { argv: ['/bin/sh', '-c', 'sleep 4713; true'], ...surroundings, stdin: '', patience: 1000 };
  const ended = expect(runOnHost(how)).rejects.toMatchObject({ state: 'TIMEOUT' });
  const [child = 0] = await eventually(() => {
    const found = processesOf(['sleep', '4713']);
    return found.length > 0 ? found : undefined;
  });
  await ended;
  await eventually(() => (isAlive(child) ? undefined : true));
});
