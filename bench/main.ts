import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.ts';
import { markdown } from './markdown.ts';

/** Benchmarks by name; each makes what it needs, measures, and leaves nothing. */
const benchmarks: Record<string, () => Promise<Benchmark>> = {
  start: async () => (await import('./start/start.ts')).benchStart,
  lifecycle: async () => (await import('./lifecycle/lifecycle.ts')).benchLifecycle,
  image: async () => (await import('./image/image.ts')).benchImage,
  backends: async () => (await import('./backends/backends.ts')).benchBackends,
  network: async () => (await import('./network/network.ts')).benchNetwork,
  apply: async () => (await import('./apply/apply.ts')).benchApply,
  environment: async () => (await import('./environment/environment.ts')).benchEnvironment,
};

const usage = `usage: npm run bench -- NAME [--samples N] [--only PARTY]... [--json]

names: ${Object.keys(benchmarks).join(', ')}`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      samples: { type: 'string', default: '100' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const load = benchmarks[positionals[0] ?? ''];
  const samples = Number(values.samples);
  if (load === undefined || positionals.length !== 1 || !(samples >= 1)) {
    console.error(usage);
    return 2;
  }
  const bench = await load();
  const report = await bench({ samples, only: values.only, progress });
  console.log(values.json ? JSON.stringify(report, undefined, 2) : markdown(report));
  return 0;
}

let interrupted: NodeJS.Signals | undefined;

/** Between two rounds the run can be ended, and takes away what it has made. */
function progress(words: string): void {
  if (interrupted) throw new Error(`interrupted by ${interrupted}`);
  console.error(words);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted = signal;
  });
}
process.exitCode = await main();
