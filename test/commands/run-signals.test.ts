import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ContainerState } from '../../src/schema/container-state.ts';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { parseAnswer } from '../support/answer.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

/** Starts a script and waits until it says that it is ready. */
async function start(script: string, flags: string[], image = './rootfs') {
  const process = execa(cli.executable, ['run', ...flags, image, 'sh', '-c', script], cli.options);
  let output = '';
  process.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await eventually(() => (output.includes('ready') ? true : undefined));
  return { process, output: () => output, kill: (signal: NodeJS.Signals | number) => process.kill(signal) };
}

const loop = 'echo ready; while :; do sleep 0.05; done';

describe('forwarded', () => {
  test('is every standard signal that a process can catch', async () => {
    const names =
      'HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 ALRM TERM XCPU XFSZ VTALRM PROF IO PWR SYS'.split(
        ' ',
      );
    const { process, output, kill } = await start(
      `for s in ${names.join(' ')}; do trap "echo got $s" $s; done; ${loop}`,
      ['--rm', '--name', 'all'],
    );
    for (const name of names) {
      kill(`SIG${name}` as NodeJS.Signals);
      await eventually(() => (output().includes(`got ${name}\n`) ? true : undefined));
    }
    await cli.sc('delete', '--force', 'all');
    await process;
  });

  test('are real-time signals too, which no JavaScript hears', async () => {
    // The host's own sh knows their names.
    const { process } = await start(`trap "exit 5" RTMIN+3; ${loop}`, ['--rm'], 'host');
    await execa('kill', ['-37', String(process.pid)]);
    expect((await process).exitCode).toBe(5);
  });

  test('one that ends the container gives 128+n', async () => {
    const { process, kill } = await start(`trap "exit 143" TERM; ${loop}`, ['--rm']);
    kill('SIGTERM');
    expect((await process).exitCode).toBe(143);
  });
});

test('the third request to end a container that will not is SIGKILL, and said', async () => {
  const flags = ['--rm', '--name', 'stubborn'];
  const { process, output, kill } = await start(`trap "echo no" INT TERM; ${loop}`, flags);
  for (const [index, signal] of (['SIGINT', 'SIGTERM'] as const).entries()) {
    kill(signal);
    // Two of one kind that are pending are one.
    await eventually(() => (output().split('no\n').length > index + 1 ? true : undefined));
  }
  kill('SIGINT');
  const { exitCode, stderr } = await process;
  expect(exitCode).toBe(137);
  expect(stderr).toBe('sc: SIGINT for the third time: "stubborn" is killed\n');
});

test('an end that is asked for is for the Jobs behind it too', async () => {
  const script = 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done';
  const file = cli.write(
    'two.yaml',
    `${job('first', ['sh', '-c', script])}---\n${job('second', ['echo', 'no'])}`,
  );
  const process = execa(cli.executable, ['apply', '--json', file], cli.options);
  let said = '';
  process.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await eventually(() => (said.includes('ready') ? true : undefined));
  process.kill('SIGTERM');
  const { exitCode, stdout } = await process;
  expect(exitCode).toBe(143);
  expect(parseAnswer(stdout)).toMatchObject({
    interrupted: 'SIGTERM',
    jobs: [{ name: 'first', exit: { code: 0 } }],
  });
  await cli.sc('delete', '--all');
});

test('an end that is asked for at any moment of a start leaves nothing', async () => {
  for (const delay of [60, 90, 110, 130, 145, 160, 175, 190, 210, 240]) {
    const process = execa(
      cli.executable,
      ['run', '--rm', '--name', 'cut', './rootfs', 'sleep', '0.2'],
      cli.options,
    );
    await new Promise((resolve) => setTimeout(resolve, delay));
    process.kill('SIGINT');
    await process;
    const left = cli.exists('store/containers')
      ? readdirSync(join(cli.root, 'containers')).filter((name) => name !== '.removed')
      : [];
    expect(left).toEqual([]);
  }
});

describe('when sc itself is killed', () => {
  test('its container ends with it, and its end is recorded', async () => {
    const { process, kill } = await start(loop, ['--name', 'orphan']);
    kill('SIGKILL');
    await process;
    const state = await eventually(async () => {
      const seen = await cli.json<ContainerState>('inspect', 'orphan');
      return seen.status === 'stopped' ? seen : undefined;
    });
    expect(state.exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'runner' });
    expect((await cli.sc('delete', 'orphan')).exitCode).toBe(0);
  });

  test('with --rm nothing of it stays, and nobody has to ask', async () => {
    const { process, kill } = await start(loop, ['--rm', '--name', 'orphan']);
    kill('SIGKILL');
    await process;
    await eventually(async () => ((await cli.sc('inspect', 'orphan')).exitCode === 1 ? true : undefined));
  });

  test.each(['./rootfs', 'host'])(
    'at any moment of a start on %s nothing stays, and nobody has to ask',
    async (image) => {
      for (const delay of [60, 100, 130, 150, 165, 180, 195, 210, 230, 260]) {
        const process = execa(
          cli.executable,
          ['run', '--rm', '--name', 'cut', image, 'sleep', '60'],
          cli.options,
        );
        await new Promise((resolve) => setTimeout(resolve, delay));
        process.kill('SIGKILL');
        await process;
        await eventually(() => (made().length === 0 ? true : undefined));
        expect(await cli.sc('run', '--rm', '--name', 'cut', image, 'echo', 'again')).toMatchObject({
          exitCode: 0,
          stdout: 'again\n',
          stderr: '',
        });
      }
      expect((await cli.json<ListResult>('ps', '--all', '--json')).containers).toEqual([]);
    },
  );
});

/** Records and snapshots that are there; what begins with a dot serves all of them. */
function made(): string[] {
  return ['containers', 'names', 'storage/overlay'].flatMap((directory) =>
    cli.exists(join('store', directory))
      ? readdirSync(join(cli.root, directory)).filter((name) => !name.startsWith('.'))
      : [],
  );
}
