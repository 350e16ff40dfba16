import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { processIsAlive } from '../../src/linux/process.ts';
import { events } from '../../src/operations/events.ts';
import { inspect } from '../../src/operations/inspect.ts';
import { list } from '../../src/operations/list.ts';
import type { ContainerState, ExitStatus } from '../../src/schema/container-state.ts';
import { eventually, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
/** Of a monitor that was stopped. */
let goOn = (): void => {};
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(async () => {
  goOn();
  goOn = () => {};
  await cli.deleteAll();
});
afterAll(() => cli.remove());

/** Starts a container whose shell does this when it gets SIGTERM. */
async function start(onTerm: string, ...flags: string[]): Promise<ContainerState> {
  const script = `trap '${onTerm}' TERM; touch /ready; while :; do sleep 0.02; done`;
  const { stdout } = await cli.sc('run', '-d', '--name', 'web', ...flags, './rootfs', 'sh', '-c', script);
  const id = stdout.trim();
  await eventually(() => (cli.exists(join('store/storage/overlay', id, 'upper/ready')) ? true : undefined));
  return cli.record(id);
}

/** How `inspect`, `ps` and `events` say that it has ended. */
async function ends(id: string): Promise<(ExitStatus | undefined)[]> {
  const { exit } = await eventually(async () => {
    const state = await inspect({ container: id }, cli.settings);
    return state.status === 'stopped' ? state : undefined;
  });
  const { containers } = await list({ all: true }, cli.settings);
  // Who has to record it may be a monitor that stood still.
  goOn();
  const told = await eventually(async () => {
    const request = { since: '0', containers: [id], types: ['stopped' as const], follow: false };
    for await (const event of events(request, cli.settings)) return event.exit;
    return undefined;
  });
  return [exit, containers[0]?.exit, told];
}

const kill = (state: ContainerState, signal: NodeJS.Signals) => process.kill(state.init?.pid ?? 0, signal);
const sigkill = { code: 137, signal: 'SIGKILL' } as const;

describe.each<[string, (monitor: number) => void]>([
  ['a monitor that lives', () => {}],
  ['a monitor that is dead', (pid) => process.kill(pid, 'SIGKILL')],
  [
    'a monitor that stands still',
    (pid) => {
      process.kill(pid, 'SIGSTOP');
      goOn = () => process.kill(pid, 'SIGCONT');
    },
  ],
])('with %s', (_, befall) => {
  test.each<[string, string, string[], (state: ContainerState) => unknown, ExitStatus]>([
    ['itself', 'exit 7', [], (state) => kill(state, 'SIGTERM'), { code: 7, cause: 'exit' }],
    ['a signal', '', [], (state) => kill(state, 'SIGKILL'), { ...sigkill, cause: 'signal' }],
    [
      'want of memory',
      'exec dd if=/dev/zero of=/dev/null bs=512M',
      ['-m', '16m', '--memory-swap', '16m'],
      (state) => kill(state, 'SIGTERM'),
      { ...sigkill, cause: 'oom' },
    ],
    ['sc stop', 'exit 7', [], () => cli.sc('stop', 'web'), { code: 7, cause: 'stopped' }],
    ['sc stop by force', '', [], () => cli.sc('stop', '-t', '0', 'web'), { ...sigkill, cause: 'stopped' }],
    ['its deadline', 'exit 7', ['--timeout', '2s'], () => {}, { code: 7, cause: 'deadline' }],
  ])('an end by %s is told as that', async (_by, onTerm, flags, end, exit) => {
    const state = await start(onTerm, ...flags);
    befall(state.runner.pid);
    await end(state);
    expect(await ends(state.id)).toEqual([exit, exit, exit]);
  });
});

test('nobody makes up how one has ended whose keeper was killed', async () => {
  const { id, keeper, init } = await start('exit 7');
  process.kill(keeper?.pid ?? 0, 'SIGKILL');
  const unknown = { code: null, cause: 'unknown' };
  expect(await ends(id)).toEqual([unknown, unknown, unknown]);
  expect(init && processIsAlive(init)).toBe(false);
});

test('who has waited for that in the foreground is told why there is no code', async () => {
  const run = execa(cli.executable, ['run', '--name', 'web', './rootfs', 'sleep', '1000'], cli.options);
  const { keeper } = await eventually(async () => {
    const { containers } = await list({}, cli.settings);
    return containers.find(({ status }) => status === 'running');
  });
  process.kill(keeper?.pid ?? 0, 'SIGKILL');
  expect(await run).toMatchObject({
    exitCode: 125,
    stderr: 'sc: "web": nobody knows how its program ended: its keeper was killed\n',
  });
});
