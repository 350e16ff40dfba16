import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost, versionOf } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds } from '../rounds.ts';
import { timed } from '../start/peers.ts';
import { makeWorkshop, type Workshop } from '../start/workshop.ts';
import { podmanFlags } from './podman-flags.ts';
import { growthOfPorts } from './port-growth.ts';

const ROUNDS = 10;

/** The network of each party has another container, so that nobody makes and takes down a bridge each time. */
const IDLE = 'idle';

const launcher = join(import.meta.dirname, '../../bin/sc');

/** What it costs that a container is attached to a bridge and has a published port, from the start until it is gone. */
export async function benchNetwork({ samples, only, progress }: BenchOptions): Promise<Report> {
  const workshop = makeWorkshop();
  const parties: Party[] = [];
  const end: (() => Promise<void>)[] = [];
  try {
    for (const make of [podman, sc]) {
      const made = make(workshop);
      if (made === undefined) continue;
      end.push(made.end);
      parties.push(...made.parties);
    }
    const wanted = parties.filter(
      ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
    );
    const measured = await measureRounds(wanted, {
      samples,
      rounds: ROUNDS,
      progress: (round) => progress(`round ${round} of ${ROUNDS}`),
    });
    const growth = growthOfPorts(progress);
    return { benchmark: 'network', host: describeHost(['podman', 'nft', 'gcc']), parties: measured, growth };
  } finally {
    await Promise.all(parties.map((party) => party.end()));
    for (const take of end) await take();
    workshop.remove();
  }
}

interface Made {
  parties: Party[];
  end: () => Promise<void>;
}

function podman(workshop: Workshop): Made | undefined {
  if (versionOf('podman') === undefined) return undefined;
  const { flags, environment } = podmanFlags(workshop.directory);
  const env = { ...process.env, ...environment };
  const run = ['podman', ...flags, 'run', '--rm', '--network', 'podman'];
  const call = (words: readonly string[]) =>
    execFileSync('podman', [...flags, ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  call([...run.slice(1 + flags.length), '-d', '--name', IDLE, '--rootfs', workshop.rootfs, '/pause']);
  const party = (name: string, ports: readonly string[]) =>
    timed(workshop, {
      name,
      argv: ['podman', ...run.slice(1), ...ports, '--rootfs', workshop.rootfs, '/true'],
      environment: env,
    });
  return {
    parties: [party('podman run -p', ['-p', '80'])],
    end: async () => {
      call(['rm', '--force', '--time', '0', IDLE]);
    },
  };
}

function sc(workshop: Workshop): Made {
  const env = { ...process.env, SC_ROOT: join(workshop.directory, 'sc') };
  const call = (...words: string[]) =>
    execFileSync(launcher, words, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  call('run', '-d', '--name', IDLE, '--network', 'bridge', workshop.rootfs, '/pause');
  const party = (name: string, note: string, flags: readonly string[]) =>
    timed(workshop, {
      name,
      note,
      argv: [launcher, 'run', '--rm', ...flags, workshop.rootfs, '/true'],
      environment: env,
    });
  return {
    parties: [
      party('sc run -p', 'attached, with a port of TCP at all addresses', [
        '--network',
        'bridge',
        '-p',
        '80',
      ]),
      party('sc run, attached', 'without a port', ['--network', 'bridge']),
      party('sc run', 'without a network', []),
    ],
    end: async () => {
      call('delete', '--force', IDLE);
      // It would stay for a while, and writes below the directory that is removed next.
      const monitor = await MonitorClient.connect(env.SC_ROOT);
      await monitor?.call('leave', {}, () => true);
      monitor?.close();
    },
  };
}
