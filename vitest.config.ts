import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { EvenShards } from './test/support/even-shards.ts';

export default defineConfig({
  // What plugins import is the sc that loads them: here its source.
  resolve: {
    alias: { 'standard-container/storage': join(import.meta.dirname, 'src/library/storage.ts') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/whole-run.ts',
    setupFiles: ['test/support/controllers.ts'],
    // Tests share one kernel: what one leaves must not be found by another, and the leak check sees all.
    // test/run.ts has several hosts.
    fileParallelism: false,
    sequence: { sequencer: EvenShards },
    pool: 'forks',
    reporters: ['default', ['json', { outputFile: '.vitest/results.json' }]],
    // Several times what any takes where it has a processor for itself: it is there to end what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
