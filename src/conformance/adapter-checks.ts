import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldPaths } from '../schema/field-paths.ts';
import { type AdapterTrial, begin, isProcess, name, PATIENCE, refused, run, token } from './adapter-trial.ts';

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

/** A check answers what is wrong, undefined where nothing is. Those without an answer are of what is not declared. */
interface Check {
  check: string;
  needs: readonly string[];
  find(trial: AdapterTrial): Promise<string | undefined>;
}

/** What is tried where the adapter declares what it needs, one after the other. */
export const adapterChecks: readonly Check[] = [
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
