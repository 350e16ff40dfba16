import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../linux/remove-tree.ts';
import type { AdapterLint } from '../schema/conformance-answer.ts';
import { adapterChecks } from './adapter-checks.ts';
import { AdapterClient } from './adapter-client.ts';
import { type AdapterTrial, begin, PATIENCE, refused } from './adapter-trial.ts';
import { makeRootfs } from './fixture.ts';

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
    const trial: AdapterTrial = {
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
    for (const { check, needs, find } of adapterChecks) {
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
