import { afterAll, beforeAll, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';
import { openTerminal } from '../support/pseudo-terminal.ts';

let cli: ReturnType<typeof makeCommandLine>;
let terminal: ReturnType<typeof openTerminal>;
beforeAll(() => {
  cli = makeCommandLine();
  terminal = openTerminal({ rows: 20, columns: 60 });
});
afterAll(async () => {
  terminal.close();
  await cli.deleteAll();
  await cli.remove();
});

const container = (name: string, more: string) =>
  job(name, ['sleep', '1000'], `signals: { stopSignal: SIGKILL }\n${more}`).replace(
    'kind: Job',
    'kind: Container',
  );

test('on a terminal each document has a line while it is worked on, and a Job all of the terminal', async () => {
  const health = 'monitor: { health: { args: [test, -e, /go], interval: 20ms, retries: 5000 } }\n';
  const file = cli.write(
    'all.yaml',
    [
      container('db', ''),
      job('seed', ['sh', '-c', 'echo seeding; echo seeded'], 'dependsOn: [db]\n'),
      container('web', `dependsOn: [seed]\n${health}`),
    ].join('---\n'),
  );
  const { ended } = terminal.start(cli, 'apply', '--wait', file);
  await terminal.shows('2 more to come\x1b[K\r\nContainer "db" is created  0.0s\x1b[K\r\n');
  // What a Job writes begins where nothing is drawn, and nothing is drawn into it.
  await terminal.shows('\x1b[Jseeding\r\nseeded\r\n');
  await terminal.shows(/seeded\r\nsc: Job "seed" run in \d+\.\ds\r\n/);
  await terminal.shows('Container "web" becomes healthy  0.0s');
  await cli.sc('exec', 'web', 'touch', '/go');
  expect(await ended).toBe(0);
  await terminal.shows(/sc: 2 created, 1 run in \d+\.\ds\r\n$/);

  terminal.clear();
  const again = terminal.start(cli, 'apply', '--quiet', file);
  expect(await again.ended).toBe(0);
  await terminal.shows('seeded\r\n');
  expect(terminal.seen()).toBe('seeding\r\nseeded\r\n');
});
