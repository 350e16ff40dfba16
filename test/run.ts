import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/**
 * Runs all tests, or those that are named, on several pretended hosts at the same time: tests look for leaks on the
 * whole host, so that on one they run one after another. Report: `.vitest/results.json`.
 */
const repository = join(import.meta.dirname, '..');
const reports = join(repository, '.vitest/shards');
const ownHost = join(repository, 'test/support/own-host.sh');
const named = process.argv.slice(2);

// More than four would wait for the virtual machine alone.
const count = named.length > 0 ? 1 : Math.min(availableParallelism(), 4);
const settings = { cwd: repository, stdio: 'inherit', reject: false, preferLocal: true } as const;

rmSync(reports, { recursive: true, force: true });
const shards = await Promise.all(
  Array.from({ length: count }, (_, index) => {
    const shard = `${index + 1}/${count}`;
    const report = join(reports, `${index + 1}.json`);
    const reporters = ['--reporter=default', '--reporter=blob', `--outputFile.blob=${report}`];
    const name = `${process.pid}-${index + 1}`;
    return execa(
      ownHost,
      [name, process.execPath, vitest(), 'run', ...reporters, `--shard=${shard}`, ...named],
      settings,
    );
  }),
);
const merged = await execa(
  'vitest',
  ['run', `--merge-reports=${reports}`, '--reporter=json', '--outputFile.json=.vitest/results.json'],
  settings,
);
process.exitCode = [...shards, merged].every(({ exitCode }) => exitCode === 0) ? 0 : 1;

function vitest(): string {
  return join(repository, 'node_modules/vitest/vitest.mjs');
}
