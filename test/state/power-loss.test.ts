import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { durabilityOf } from '../../src/state/durability.ts';
import { openStore } from '../../src/state/store.ts';
import { comeUp, darken, disk, withDisks } from '../support/dark-disk.ts';
import { newState } from '../support/states.ts';

withDisks();

test('what is kept is durable, and what is deleted at its end need not be', () => {
  const spec = { ...newState().spec, removeOnExit: false };
  const always = { ...spec.monitor, restart: { ...spec.monitor.restart, policy: 'always' } } as const;
  expect(durabilityOf(spec)).toMatchObject({ durable: true });
  expect(durabilityOf({ ...spec, removeOnExit: true })).toEqual({ durable: false, whole: true });
  // It is started again when the machine is.
  expect(durabilityOf({ ...spec, removeOnExit: true, monitor: always })).toMatchObject({ durable: true });
});

test('whatever came and went when the power was lost, what is left can be read, and what is kept is there', async () => {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    const { openStore } = await import(${module('../../src/state/store.ts')});
    const { durabilityOf } = await import(${module('../../src/state/durability.ts')});
    const { newState } = await import(${module('../support/states.ts')});
    const store = await openStore(process.argv[1]);
    for (let round = 0; ; round++) {
      const removeOnExit = round % 4 !== 0;
      const made = newState({ name: 'web' + round });
      const state = { ...made, spec: { ...made.spec, removeOnExit } };
      await store.create(state, durabilityOf(state.spec));
      await store.update(state.id, (now) => ({ ...now, status: 'running' }), { durable: false });
      if (removeOnExit) await store.remove(state.id, durabilityOf(state.spec));
      else console.log(state.id);
    }`;
  for (let round = 0; round < 3; round++) {
    const root = join(disk, `root${round}`);
    const writer = spawn(process.execPath, ['--input-type=module', '-e', script, root], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let told = '';
    writer.stdout.on('data', (text) => {
      told += text;
    });
    while (told.split('\n').length < 3 + 3 * round) await once(writer.stdout, 'data');
    const kept = told.split('\n').slice(0, -1);
    darken();
    writer.kill('SIGKILL');
    await once(writer, 'close');
    comeUp();
    const store = await openStore(root);
    const { containers, broken } = await store.list();
    expect(broken).toEqual([]);
    expect(containers.map(({ id }) => id)).toEqual(expect.arrayContaining(kept));
    for (const { id } of containers) await store.remove(id);
    expect(readdirSync(join(root, 'containers'))).toEqual(['.removed']);
    expect(readdirSync(join(root, 'names'))).toEqual([]);
  }
});
