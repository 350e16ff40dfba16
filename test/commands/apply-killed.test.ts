import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ListResult } from '../../src/schema/operations/list.ts';
import { JournalReader, lastEvent } from '../../src/state/journal-reader.ts';
import { eventually, job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterEach(() => cli.deleteAll());
afterAll(() => cli.remove());

const kept = (name: string, more: string) =>
  job(name, ['sleep', '1000'], `signals: { stopSignal: SIGKILL }\n${more}`).replace(
    'kind: Job',
    'kind: Container',
  );

/** Twenty documents, some of them otherwise in the one version than in the other. */
function twenty(version: string): string {
  const volume = 'apiVersion: standard-container/v1\nkind: Volume\nmetadata: { name: data }\n';
  const containers = Array.from({ length: 19 }, (_, index) => {
    const name = `c${index}`;
    const after = index < 4 ? '' : `dependsOn: [c${index - 4}]\n`;
    const mount = index % 5 === 0 ? 'mounts: [{ volume: data, target: /srv }]\n' : '';
    const changed =
      index % 3 === 0
        ? `environment: { VERSION: "${version}" }\n`
        : index % 3 === 1
          ? `labels: { version: "${version}" }\n`
          : '';
    return kept(name, `${after}${mount}${changed}`);
  });
  return cli.write('all.yaml', [volume, ...containers].join('---\n'));
}

const states = async () => {
  const { containers } = await cli.json<ListResult>('ps', '--all', '--json');
  return containers.map(({ name, status }) => `${name} ${status}`).sort();
};

/** Applies a file and ends sc when so many things have happened, or it has. Answers whether it came to its end. */
async function applyUntil(file: string, count: number, signal: NodeJS.Signals): Promise<boolean> {
  const journal = new JournalReader(cli.root, lastEvent(cli.root));
  const applying = execa(cli.executable, ['apply', file], cli.options);
  let isOver = false;
  const ended = applying.then(({ exitCode }) => {
    isOver = true;
    return exitCode === 0;
  });
  try {
    let happened = 0;
    await eventually(() => {
      happened += journal.read().length;
      return isOver || happened >= count ? true : undefined;
    });
    applying.kill(signal);
    return await ended;
  } finally {
    journal.close();
  }
}

test('twenty documents come about as the file says, however often what applies it is ended', async () => {
  expect(await cli.sc('apply', twenty('one'))).toMatchObject({ exitCode: 0 });
  const file = twenty('two');
  let isDone = false;
  // By SIGKILL, and now and then by SIGINT, which undoes what is on its way.
  for (let round = 0; !isDone; round++)
    isDone = await applyUntil(file, 2 + 3 * round, round % 4 === 3 ? 'SIGINT' : 'SIGKILL');
  expect(await cli.sc('plan', file)).toMatchObject({ exitCode: 0, stderr: '' });
  const wanted = Array.from({ length: 19 }, (_, index) => `c${index} running`).sort();
  expect(await states()).toEqual(wanted);
});
