import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { MonitorClient } from '../../src/protocol/client.ts';
import type { BenchOptions, Report } from '../benchmark.ts';
import { describeHost, versionOf } from '../host.ts';
import type { Party } from '../party.ts';
import { measureRounds, type Summary } from '../rounds.ts';
import { timed } from '../start/peers.ts';
import { makeWorkshop, type Workshop } from '../start/workshop.ts';
import { attachParties } from './attach.ts';
import { BenchNetwork } from './bench-network.ts';
import { growthOfEndpoints } from './endpoint-growth.ts';
import { podmanFlags } from './podman-flags.ts';
import { growthOfPorts } from './port-growth.ts';
import { throughput } from './throughput.ts';

const ROUNDS = 10;

/** The network of each party has another container, so that nobody makes and takes down a bridge each time. */
const IDLE = 'idle';

const launcher = join(import.meta.dirname, '../../bin/sc');

/**
 * What it costs that a container is attached to a bridge and has a published port, from the start until it is gone: of
 * command lines (`run`), and in process beside C (`attach`); how that grows with the `endpoints` of the network and with
 * published `ports`; and the `throughput` of such a port.
 */
export async function benchNetwork({ samples, only, progress }: BenchOptions): Promise<Report> {
  const isWanted = (part: string) => only.length === 0 || only.includes(part);
  const workshop = makeWorkshop();
  const compare = (parties: readonly Party[], title: string) =>
    measureRounds(parties, {
      samples,
      rounds: ROUNDS,
      progress: (round) => progress(`${title}: round ${round} of ${ROUNDS}`),
    });
  try {
    const parties = isWanted('run') ? await benchRun(workshop, (all) => compare(all, 'run')) : [];
    const tables: Report['tables'] = [];
    if (isWanted('attach')) {
      const attached = await benchAttach(workshop, (all) => compare(all, 'attach'));
      tables.push({ title: 'In process, beside C', parties: attached });
    }
    const growth = [
      ...(isWanted('endpoints') ? await growthOfEndpoints(workshop, progress) : []),
      ...(isWanted('ports') ? growthOfPorts(progress) : []),
    ];
    const passed = isWanted('throughput') ? await throughput(workshop, progress) : undefined;
    const host = describeHost(['podman', 'dockerd', 'nft', 'iperf3', 'gcc']);
    return { benchmark: 'network', host, parties, tables, growth, figures: passed ? [passed] : [] };
  } finally {
    workshop.remove();
  }
}

async function benchRun(workshop: Workshop, compare: Compare): Promise<Summary[]> {
  const parties: Party[] = [];
  const end: (() => Promise<void>)[] = [];
  try {
    for (const make of [podman, sc]) {
      const made = make(workshop);
      if (made === undefined) continue;
      end.push(made.end);
      parties.push(...made.parties);
    }
    return await compare(parties);
  } finally {
    await Promise.all(parties.map((party) => party.end()));
    for (const take of end) await take();
  }
}

async function benchAttach(workshop: Workshop, compare: Compare): Promise<Summary[]> {
  const network = new BenchNetwork(workshop.directory);
  const parties = attachParties(workshop, network);
  try {
    return await compare(parties);
  } finally {
    await Promise.all(parties.map((party) => party.end()));
    network.remove();
  }
}

type Compare = (parties: readonly Party[]) => Promise<Summary[]>;

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
