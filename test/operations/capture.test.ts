import { afterAll, beforeAll, expect, test } from 'vitest';
import { capture } from '../../src/operations/capture.ts';
import { openWorkplace } from '../../src/operations/workplace.ts';
import type { ContainerState } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';
import { processesWith } from '../support/processes.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(async () => {
  cli = makeCommandLine();
  await cli.sc('run', '-d', '--name', 'asked', '--env', 'GREETING=hi', './rootfs', 'sleep', '1000');
});
afterAll(async () => {
  await cli.sc('delete', '--all', '--force');
  await cli.remove();
});

async function ask(args: string[], { limit = 4096, abort }: { limit?: number; abort?: AbortSignal } = {}) {
  const place = await openWorkplace({ root: cli.root, backend: 'native', storageDriver: 'overlay' });
  const state = await place.store.find('asked');
  const { exit, output } = await capture(place, state, { args }, { limit, ...(abort && { abort }) });
  return { ...exit, output: output.toString() };
}

test('answers how it ended and what it wrote', async () => {
  expect(await ask(['sh', '-c', 'echo $GREETING; echo err >&2; exit 3'])).toEqual({
    code: 3,
    cause: 'exit',
    output: 'hi\nerr\n',
  });
});

test('keeps the beginning of what is more, to the byte', async () => {
  const { code, output } = await ask(['sh', '-c', 'seq 1 100000'], { limit: 10 });
  expect({ code, output }).toEqual({ code: 0, output: '1\n2\n3\n4\n5\n' });
});

test('does not wait for whom the program leaves behind', async () => {
  expect(await ask(['sh', '-c', 'sleep 1000 & echo done'])).toMatchObject({ code: 0, output: 'done\n' });
});

test('is over when it is aborted, with all that the program has started', async () => {
  const init = (await cli.json<ContainerState>('inspect', 'asked')).init?.pid ?? 0;
  const before = processesWith(init).length;
  const over = new AbortController();
  const answer = ask(['sh', '-c', 'sleep 2000 & echo waiting; sleep 2000; true'], { abort: over.signal });
  // The shell and both of its children, of which the second comes after the word.
  await eventually(() => (processesWith(init).length === before + 3 ? true : undefined));
  over.abort();
  expect(await answer).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal', output: 'waiting\n' });
  await eventually(() => (processesWith(init).length === before ? true : undefined));
});

test('an abort that came first is its reason', async () => {
  await expect(ask(['true'], { abort: AbortSignal.abort(new Error('too late')) })).rejects.toThrow(
    'too late',
  );
});

test('a program that is not there, and a container that has stopped, are errors', async () => {
  await expect(ask(['nowhere'])).rejects.toMatchObject({ code: 'SC_PROGRAM_NOT_FOUND' });
  await cli.sc('stop', '--timeout', '0', 'asked');
  await expect(ask(['true'])).rejects.toMatchObject({ code: 'SC_WRONG_STATE' });
});
