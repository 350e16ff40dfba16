import { afterEach, beforeEach, expect, test } from 'vitest';
import { deleteContainers } from '../../src/operations/delete.ts';
import { exec } from '../../src/operations/exec.ts';
import { inspect } from '../../src/operations/inspect.ts';
import { kill } from '../../src/operations/kill.ts';
import { list } from '../../src/operations/list.ts';
import { start } from '../../src/operations/start.ts';
import { stop } from '../../src/operations/stop.ts';
import { wait } from '../../src/operations/wait.ts';
import { eventually } from '../support/command-line.ts';
import { makeMonitored } from '../support/monitored.ts';

let monitored: ReturnType<typeof makeMonitored>;
beforeEach(() => {
  monitored = makeMonitored();
});
afterEach(() => monitored.remove());

const loop = (code: number) => [
  'sh',
  '-c',
  `trap "exit ${code}" TERM; i=0; while :; do echo $((i += 1)); sleep 0.02; done`,
];

test('a monitor that is stopped is named by who needs it; all else goes on without it, and stays when it goes on', async () => {
  const { settings, caller, run } = monitored;
  const restart = 'always';
  for (const name of ['asked', 'killed', 'deleted', 'left']) await run({ name, restart }, ...loop(7));
  await run({ name: 'ending' }, 'sh', '-c', 'read line </dev/null; sleep 0.5; echo end; exit 5');
  await run({ name: 'done' }, 'true');
  await monitored.ended('done');
  // By its first word it hears what it is asked.
  for (const name of ['asked', 'killed', 'deleted', 'left']) {
    const { id } = await inspect({ container: name }, settings);
    await eventually(async () => ((await monitored.log(id)).join('') === '' ? undefined : true));
  }
  const pid = await monitored.listening();
  process.kill(pid, 'SIGSTOP');
  try {
    const impatient = { ...caller, patience: 300 };
    const silence = {
      code: 'SC_NO_ANSWER',
      message: `call the monitor (process ${pid}): it says nothing, for 0.3 s`,
      hint: expect.stringContaining(`kill -CONT ${pid} lets it go on`),
    };
    await expect(start({ containers: ['done'] }, settings, impatient)).rejects.toMatchObject(silence);
    await expect(monitored.runBy(impatient, { name: 'new' }, 'true')).rejects.toMatchObject(silence);

    const { id } = await inspect({ container: 'left' }, settings);
    const before = (await monitored.log(id)).join('').length;
    await eventually(async () =>
      (await monitored.log(id)).join('').length > before + 50 ? true : undefined,
    );

    expect(await wait({ containers: ['ending'] }, settings, impatient)).toMatchObject({
      containers: [{ name: 'ending', exit: { code: 5, cause: 'exit' } }],
    });
    expect(await stop({ containers: ['asked'] }, settings, caller)).toMatchObject({ failures: [] });
    expect(await inspect({ container: 'asked' }, settings)).toMatchObject({
      exit: { code: 7, cause: 'stopped' },
    });
    expect(await kill({ containers: ['killed'] }, settings)).toMatchObject({ failures: [] });
    expect(await exec({ container: 'left', args: ['sh', '-c', 'exit 9'] }, settings, caller)).toMatchObject({
      exit: { code: 9 },
    });
    const force = await deleteContainers({ containers: ['deleted'], force: true }, settings);
    expect(force).toMatchObject({ containers: [{ name: 'deleted' }], failures: [] });
    const { containers } = await list({ all: true }, settings);
    expect(containers.map(({ name, status }) => [name, status])).toEqual([
      ['asked', 'stopped'],
      ['killed', 'stopped'],
      ['left', 'running'],
      ['ending', 'stopped'],
      ['done', 'stopped'],
    ]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }

  // It works off what has come meanwhile before it answers this.
  await start({ containers: ['done'] }, settings, caller);
  await monitored.ended('done');
  expect(await inspect({ container: 'asked' }, settings)).toMatchObject({
    status: 'stopped',
    exit: { code: 7, cause: 'stopped' },
  });
  expect(await inspect({ container: 'killed' }, settings)).toMatchObject({
    status: 'stopped',
    exit: { code: 137, signal: 'SIGKILL' },
  });
  expect(await inspect({ container: 'ending' }, settings)).toMatchObject({
    status: 'stopped',
    exit: { code: 5, cause: 'exit' },
  });
  expect(await inspect({ container: 'left' }, settings)).toMatchObject({ status: 'running' });
  expect(await monitored.listening()).toBe(pid);
  const { containers } = await list({ all: true }, settings);
  expect(containers.map(({ name }) => name)).toEqual(['asked', 'killed', 'left', 'ending', 'done']);
});

test('what ends while the monitor is stopped is started again when it goes on', async () => {
  await monitored.run({ name: 'again', restart: 'on-failure:1' }, 'sh', '-c', 'echo run; sleep 0.3; exit 3');
  const pid = await monitored.listening();
  process.kill(pid, 'SIGSTOP');
  await monitored.ended('again');
  process.kill(pid, 'SIGCONT');
  const { id, restarts } = await eventually(async () => {
    const state = await monitored.settled('again');
    return state.restarts?.total === 1 ? state : undefined;
  });
  expect(restarts).toEqual({ total: 1, inARow: 1 });
  expect(await monitored.log(id)).toEqual(['run\n', 'run\n']);
});
