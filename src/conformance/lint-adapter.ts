import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeTree } from '../linux/remove-tree.ts';
import type { AdapterDescription } from '../schema/conformance-adapter.ts';
import type { AdapterLint } from '../schema/conformance-answer.ts';
import { fieldPaths } from '../schema/field-paths.ts';
import { AdapterClient, type Outcome } from './adapter-client.ts';
import { makeRootfs } from './fixture.ts';

/** Milliseconds for any answer. */
const PATIENCE = 20_000;

/** Operations of the protocol that an adapter may declare. */
const operations: readonly string[] = [
  ...[
    'run',
    'exec',
    'wait',
    'state',
    'list',
    'start',
    'stop',
    'restart',
    'kill',
    'pause',
    'resume',
    'delete',
  ],
  ...['rename', 'update', 'logs', 'diff', 'commit', 'copy', 'call'],
];

/** What an adapter is tried with. */
interface Trial {
  client: AdapterClient;
  declared: AdapterDescription;
  directory: string;
  rootfs: string;
  /** Another one, as after the first has died. */
  again(): AdapterClient;
}

/** A check answers what is wrong, undefined where nothing is. Those without an answer are of what is not declared. */
interface Check {
  check: string;
  needs: readonly string[];
  find(trial: Trial): Promise<string | undefined>;
}

const token = 'lint';
const name = `${token}-main`;

const checks: readonly Check[] = [
  {
    check: 'what it declares are operations and fields that there are',
    needs: [],
    find: async ({ declared }) => {
      const paths: readonly string[] = fieldPaths;
      const known = ({ field }: { field: string }) =>
        field === '*' ||
        field === 'image' ||
        paths.some(
          (path) =>
            path === field ||
            path.startsWith(`${field}.`) ||
            path.startsWith(`${field}[]`) ||
            field.startsWith(`${path}.`),
        );
      const fields = declared.fields.map((text) => ({ field: text.replace(/=.*$/s, '') }));
      const unknown = [
        ...declared.operations.filter((one) => !operations.includes(one)),
        ...fields.filter((one) => !known(one)).map(({ field }) => field),
      ];
      return unknown.length === 0 ? undefined : `nobody knows ${unknown.join(', ')}`;
    },
  },
  {
    check: 'it refuses an operation that nobody knows',
    needs: [],
    find: async ({ client }) => {
      const outcome = await client.call('nothing-of-the-kind', {}, PATIENCE);
      return outcome.ok ? 'it said that it was done' : undefined;
    },
  },
  {
    check: 'it tells the exit code of a program, and gives it its streams',
    needs: ['run'],
    find: async (trial) => {
      const outcome = await run(
        trial,
        'read word; echo "out $word"; echo err >&2; exit 3',
        false,
        `${token}-first`,
      );
      if (!outcome.ok) return refused(outcome);
      const { code } = (outcome.value.exit ?? {}) as { code?: unknown };
      const [stdout, stderr] = ['stdout', 'stderr'].map((stream) =>
        readFileSync(join(trial.directory, stream), 'utf8'),
      );
      if (code !== 3) return `the exit code is ${JSON.stringify(code)}, and 3 was expected`;
      return stdout === 'out hello\n' && stderr === 'err\n'
        ? undefined
        : `the streams got ${JSON.stringify(stdout)} and ${JSON.stringify(stderr)}`;
    },
  },
  {
    check: 'it refuses a container that is not there as not-found',
    needs: ['state'],
    find: async ({ client }) => {
      const outcome = await client.call('state', { container: 'nobody-has-this' }, PATIENCE);
      if (outcome.ok) return 'it said that it was there';
      return outcome.error.kind === 'not-found' ? undefined : `it refused as ${outcome.error.kind}`;
    },
  },
  {
    check: 'it answers others while it waits, and tells the end then',
    needs: ['run', 'wait', 'kill', 'state'],
    find: async (trial) => {
      const outcome = await run(trial, 'sleep 60', true);
      if (!outcome.ok) return refused(outcome);
      const { client } = trial;
      const waiting = client.call('wait', { container: name }, PATIENCE);
      const state = await client.call('state', { container: name }, PATIENCE);
      if (!state.ok) return refused(state);
      if (state.value.status !== 'running') return `the status is ${JSON.stringify(state.value.status)}`;
      if (!isProcess(state.value.pid)) return `${JSON.stringify(state.value.pid)} is no process of this host`;
      const killed = await client.call('kill', { container: name, signal: 'SIGKILL' }, PATIENCE);
      if (!killed.ok) return refused(killed);
      const end = await waiting;
      const { code } = ((end.ok ? end.value.exit : undefined) ?? {}) as { code?: unknown };
      return code === 137 ? undefined : `the exit code is ${JSON.stringify(code)}, and 137 was expected`;
    },
  },
  {
    check: 'it lists a container with the status that it tells of it alone',
    needs: ['run', 'list', 'state'],
    find: async (trial) => {
      const container = `${token}-listed`;
      const outcome = await run(trial, 'sleep 60', true, container);
      if (!outcome.ok) return refused(outcome);
      const state = await trial.client.call('state', { container }, PATIENCE);
      const list = await trial.client.call('list', {}, PATIENCE);
      if (!state.ok || !list.ok) return refused(state) ?? refused(list);
      const { containers = [] } = list.value as { containers?: { name: string; status: string }[] };
      const listed = containers.find(({ name }) => name === container)?.status;
      return listed === state.value.status
        ? undefined
        : `the status is ${JSON.stringify(listed)} in the list, and ${JSON.stringify(state.value.status)} alone`;
    },
  },
  {
    check: 'another process of it takes away what one has made that died',
    needs: ['run', 'list'],
    find: async (trial) => {
      const outcome = await run(trial, 'sleep 60', true, `${token}-left`);
      if (!outcome.ok) return refused(outcome);
      const { pid } = outcome.value;
      const other = trial.again();
      const end = await other.call('end', begin(trial), PATIENCE);
      if (!end.ok) return refused(end);
      for (let tries = 0; isProcess(pid) && tries < 250; tries++) await sleep(20);
      return isProcess(pid) ? `process ${pid} still runs` : undefined;
    },
  },
];

/** Tries an adapter on its own, without any case: whether what it answers can be relied on. Leaves nothing. */
export async function lintAdapter(argv: readonly string[]): Promise<AdapterLint> {
  const { PATH, HOME } = process.env;
  const start = () => new AdapterClient(argv, { PATH, HOME, LC_ALL: 'C' });
  const directory = mkdtempSync(join(tmpdir(), 'sc-conformance-'));
  let client = start();
  const done: AdapterLint['checks'] = [];
  const look = async <Value>(
    check: string,
    find: () => Promise<{ problem?: string | undefined; value?: Value }>,
  ) => {
    const { problem, value } = await find().catch((error: Error) => ({
      problem: error.message,
      value: undefined,
    }));
    done.push({ check, ...(problem !== undefined && { problem }) });
    return value;
  };
  try {
    const declared = await look('it describes itself', async () => ({
      value: await client.describe(PATIENCE),
    }));
    if (declared === undefined) return { checks: done, sound: false };
    const rootfs = join(directory, 'rootfs');
    makeRootfs(rootfs, {});
    mkdirSync(join(directory, 'state'), { mode: 0o700 });
    const trial: Trial = {
      ...{ declared, directory, rootfs },
      get client() {
        if (!client.isAlive) client = start();
        return client;
      },
      again() {
        const first = client;
        client = start();
        void first.close();
        return client;
      },
    };
    await look('it begins in a directory', async () => ({
      problem: refused(await trial.client.call('begin', begin(trial), PATIENCE)),
    }));
    for (const { check, needs, find } of checks) {
      if (needs.every((operation) => declared.operations.includes(operation)))
        await look(check, async () => ({ problem: await find(trial) }));
    }
    await look('it ends what it has begun', async () => ({
      problem: refused(await trial.client.call('end', begin(trial), PATIENCE)),
    }));
    return { declared, checks: done, sound: done.every(({ problem }) => problem === undefined) };
  } finally {
    await client.close();
    await removeTree(directory);
  }
}

function begin({ directory }: Pick<Trial, 'directory'>) {
  return { directory: join(directory, 'state'), token };
}

async function run(
  { client, directory, rootfs }: Trial,
  script: string,
  background: boolean,
  own = name,
): Promise<Outcome> {
  const at = (stream: string) => join(directory, stream);
  writeFileSync(at('stdin'), 'hello\n');
  for (const stream of ['stdout', 'stderr']) writeFileSync(at(stream), '');
  const streams = { stdin: at('stdin'), stdout: at('stdout'), stderr: at('stderr') };
  const container = {
    image: rootfs,
    process: { args: ['/bin/sh', '-c', script] },
    terminal: { stdin: true },
  };
  return client.call('run', { name: own, container, background, streams }, PATIENCE);
}

function refused(outcome: Outcome): string | undefined {
  return outcome.ok ? undefined : `refused as ${outcome.error.kind}: ${outcome.error.message}`;
}

function isProcess(pid: unknown): boolean {
  try {
    return typeof pid === 'number' && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
