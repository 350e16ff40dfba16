import { defineConfig } from 'vitest/config';
import { EvenShards } from './test/support/even-shards.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/whole-run.ts',
    // Tests share one kernel: what one leaves must not be found by another, and the leak check sees all.
    // test/run.ts has several hosts.
    fileParallelism: false,
    sequence: { sequencer: EvenShards },
    pool: 'forks',
    reporters: ['default', ['json', { outputFile: '.vitest/results.json' }]],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
